/** Bytes that are a JPEG as far as its markers tell, for tests of whatever carries pictures; no picture is in them. */
export function pretendJpeg(given: {
  width?: number;
  height?: number;
  /** Content of comment segments before the frame header. */
  comments?: readonly Uint8Array[];
  /** Content of the scan, which tells one picture from another. */
  scan?: readonly number[];
  frame?: boolean;
  segmentLength?: number;
}): Uint8Array<ArrayBuffer> {
  const { width = 640, height = 360, comments = [], scan = [1, 2, 3], frame = true } = given;
  const segment = (marker: number, content: readonly number[], length = content.length + 2) => [
    ...[0xff, marker, length >> 8, length & 255],
    ...content,
  ];
  const size = [8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0];
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...comments.flatMap((content) => segment(0xfe, [...content])),
    ...(frame ? segment(0xc0, size, given.segmentLength) : []),
    ...segment(0xda, [1, 1, 0, 0, 63, 0]),
    ...scan,
    ...[0xff, 0xd9],
  ]);
}
