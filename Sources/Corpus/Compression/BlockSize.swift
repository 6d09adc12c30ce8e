/// The smallest number of bytes in a block of records, before compression; only the last block of a shard is smaller.
/// Each block becomes one part of the output file, so another size changes the bytes of the output.
package let blockSize = 4 << 20
/// Records are copied to a block in parts of about this many bytes, on several threads at once.
package let copySize = 256 << 10
