/** A JPEG with a number in a comment segment (ITU-T T.81, COM), by which the gateway's end tells which picture it has. */
export function numbered(jpeg: Uint8Array, number: number): Buffer {
  const comment = Buffer.from([0xff, 0xfe, 0, 6, 0, 0, 0, 0]);
  comment.writeUInt32BE(number, 4);
  return Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]);
}

/** The number a picture was given; undefined for any other picture. */
export function numberOf(jpeg: Uint8Array): number | undefined {
  if (jpeg[2] !== 0xff || jpeg[3] !== 0xfe || jpeg[5] !== 6) return undefined;
  return new DataView(jpeg.buffer, jpeg.byteOffset).getUint32(6);
}
