/// The least number of bytes of a block, except for the last one of a shard. It is part of the output's format: another
/// size gives other frames.
package let blockSize = 4 << 20
