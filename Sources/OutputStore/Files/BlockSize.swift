/// Bytes of a block, at least, but for the last of a shard. It is part of the output's format: another size gives
/// other frames.
package let blockSize = 4 << 20
