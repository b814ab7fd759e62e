import Type, { type Static } from 'typebox';
import { jpegMarkers, jpegSegment } from './jpeg.ts';
import { Finite, InstantMs, Name, oneOf } from './names.ts';

/**
 * Pictures stay at the edge, except the frames around an alert and the still of an empty street. Their bytes travel apart from the batches,
 * so that they can be forgotten: the log and the ledger know a picture by its SHA-256 only.
 */

/** Largest evidence frame: 1280 × 720 as a good JPEG has some 150 kB (measured on drawn streets). */
export const evidenceBytesMax = 200_000;
/** Largest picture on the topic `up/picture`; a still of a street may be larger than a frame. */
export const pictureBytesMax = 262_144;
/** Frames one occurrence of an alert may have: some before, the moment itself, some after. */
export const picturesPerOccurrenceMax = 8;
/** Largest live view, as JSON. */
export const viewBytesMax = 16_384;

/** SHA-256 of a picture's bytes, in lower-case hexadecimal: the only name a picture has. */
export const PictureHash = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the JPEG, hexadecimal.' });

const hashExpression = /^[0-9a-f]{64}$/;
/** True when `text` may be the hash of a picture, and so a file name. */
export function isPictureHash(text: unknown): text is string {
  return typeof text === 'string' && hashExpression.test(text);
}

/** When a frame was taken in the life of its alert. */
export const pictureRoles = ['before', 'at', 'after'] as const;
export type PictureRole = (typeof pictureRoles)[number];

const Pixels = Type.Integer({ minimum: 1, maximum: 8_192, description: 'Pixels.' });

/** That a picture belongs to an alert. The same note said again changes nothing; `(alert, occurrence, sha256)` names it. */
export const PictureNote = Type.Object({
  v: Type.Literal(1),
  alert: Type.String({
    pattern: '^[A-Za-z0-9._-]{1,64}/[A-Za-z0-9._-]{1,64}/[A-Za-z0-9._-]{1,64}$',
    description: 'Key of the alert: site/rule/subject.',
  }),
  occurrence: Type.Integer({ minimum: 1, description: 'Which raising of the alert.' }),
  camera: Name,
  role: oneOf(pictureRoles),
  takenAtMs: InstantMs,
  sha256: PictureHash,
  bytes: Type.Integer({ minimum: 1, maximum: evidenceBytesMax }),
  width: Pixels,
  height: Pixels,
  blurred: Type.Boolean({ description: 'People were made unrecognisable before it was kept.' }),
});
export type PictureNote = Static<typeof PictureNote>;

/** The cloud's word to a site that it need not send these pictures any more: they are stored, or nobody wants them. */
export const PictureAck = Type.Object({
  v: Type.Literal(1),
  sha256: Type.Array(PictureHash, { minItems: 1, maxItems: 64 }),
});
export type PictureAck = Static<typeof PictureAck>;

const Px = Type.Number({ minimum: -100_000, maximum: 100_000 });

/** What a camera sees now, without the picture: never stored, replaced by the next. Pixels are of the whole picture, y downwards. */
export const CameraView = Type.Object({
  v: Type.Literal(1),
  site: Name,
  camera: Name,
  atMs: Type.Number({ ...InstantMs, description: 'When the frame behind it was taken.' }),
  picture: Type.Object({ width: Pixels, height: Pixels }),
  boxes: Type.Array(
    Type.Object({
      kind: Name,
      id: Type.Integer({ minimum: 0, description: 'Lives as long as the track and says nothing about who it is.' }),
      x: Px,
      y: Px,
      width: Px,
      height: Px,
      xM: Type.Optional(Finite),
      yM: Type.Optional(Finite),
      speedMps: Type.Optional(Finite),
    }),
    { maxItems: 64 },
  ),
  zones: Type.Array(
    Type.Object({
      zone: Name,
      outline: Type.Array(Type.Tuple([Px, Px]), { maxItems: 32, description: 'Corners in pixels.' }),
      people: Type.Optional(Type.Integer({ minimum: 0, description: 'Absent while nobody can say.' })),
      coverage: Type.Number({ minimum: 0, maximum: 100, description: 'Share of the zone that is seen, in percent.' }),
    }),
    { maxItems: 16 },
  ),
  troubles: Type.Array(Type.String({ maxLength: 160 }), { maxItems: 12 }),
  coverage: Type.Number({
    minimum: 0,
    maximum: 100,
    description: 'What of its view the camera can judge, in percent.',
  }),
  fps: Type.Number({ minimum: 0, maximum: 1_000, description: 'Frames judged a second.' }),
  scene: Type.Optional(PictureHash),
});
export type CameraView = Static<typeof CameraView>;

/** A camera as the console shows it: its newest view while that is fresh, else since when there is none. */
export const CameraState = Type.Object({
  camera: Name,
  heardAtMs: Type.Number({ ...InstantMs, description: 'When its newest view came, on the cloud’s clock.' }),
  view: Type.Optional(CameraView),
  scene: Type.Optional(Type.Unsafe<string>({ ...PictureHash, description: 'Reference still that can be fetched.' })),
});
export type CameraState = Static<typeof CameraState>;

/** Whether a picture of an alert can be shown: it is here, it has not come yet, or it is no longer kept. */
export const pictureStates = ['here', 'awaited', 'expired'] as const;
export type PictureState = (typeof pictureStates)[number];

/** A frame as the detail of its alert shows it. */
export const AlertPicture = Type.Object({
  sha256: PictureHash,
  occurrence: Type.Integer({ minimum: 1 }),
  earlier: Type.Boolean({ description: 'Of an earlier raising of this alert, not of the present one.' }),
  camera: Name,
  role: oneOf(pictureRoles),
  takenAtMs: InstantMs,
  width: Pixels,
  height: Pixels,
  blurred: Type.Boolean(),
  state: oneOf(pictureStates),
});
export type AlertPicture = Static<typeof AlertPicture>;

/** Largest picture in pixels that anybody is asked to decode: a browser needs four bytes for each. */
const pixelsMax = 40_000_000;
const sideMax = 8_192;

/**
 * Width and height of a JPEG, or undefined for bytes that are none (ITU-T T.81, annex B): it begins with SOI, its segments have their
 * lengths up to the first scan, exactly one frame header tells a size somebody can decode, and it ends with EOI, with nothing behind it.
 */
export function jpegSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  const { start, end, scan } = jpegMarkers;
  const n = bytes.length;
  if (n < 20 || bytes[0] !== 0xff || bytes[1] !== start || bytes[n - 2] !== 0xff || bytes[n - 1] !== end)
    return undefined;
  let size: { width: number; height: number } | undefined;
  for (let at = 2; ; ) {
    const segment = jpegSegment(bytes, at, n - 2);
    // Before the scan nothing stands alone.
    if (segment === 'more' || 'wrong' in segment || segment.next === at + 2 || segment.next > n - 2) return undefined;
    if (segment.code === scan) return size;
    if (segment.size !== undefined) {
      const { width, height } = segment.size;
      const fits = width <= sideMax && height <= sideMax && width * height <= pixelsMax;
      if (!fits || size !== undefined) return undefined;
      size = segment.size;
    }
    at = segment.next;
  }
}
