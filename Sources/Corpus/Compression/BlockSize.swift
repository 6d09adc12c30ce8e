/// The smallest number of bytes in a block of records, before compression; only the last block of a shard is smaller.
/// Each block becomes one part of the output file, so another size changes the bytes of the output.
package let blockSize = 4 << 20
