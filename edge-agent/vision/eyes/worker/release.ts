/**
 * Gives the memory of arrays that nobody needs any more back at once; they are empty afterwards. Left to the garbage collector, the 3 MB
 * of each picture have it mark the whole heap every ten pictures (measured: 22 ms each time, 6 % of all, and 20 MB more resident).
 * Views of a part of somebody else's memory are left alone.
 */
export function release(arrays: Iterable<Uint8Array | Float32Array>): void {
  for (const { buffer, byteLength } of arrays) {
    if (buffer instanceof ArrayBuffer && byteLength > 0 && byteLength === buffer.byteLength) buffer.transfer(0);
  }
}
