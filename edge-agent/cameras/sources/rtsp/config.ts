import Type, { type Static } from 'typebox';
import { loginFields } from '../../../http/address.ts';

/** A camera or recorder that streams H.264, H.265 or MJPEG over RTSP. */
export const RtspSource = Type.Object(
  {
    kind: Type.Literal('rtsp', { description: 'A video stream over RTSP; needs the program ffmpeg.' }),
    url: Type.String({ pattern: '^rtsps?://', maxLength: 2048, description: 'Address of the stream, without login.' }),
    ...loginFields,
    silenceMs: Type.Optional(
      Type.Integer({
        minimum: 2000,
        maximum: 600_000,
        default: 15_000,
        description: 'Without a picture for this long the stream is asked for anew; time to connect included.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type RtspSource = Required<Pick<Static<typeof RtspSource>, 'silenceMs'>> & Static<typeof RtspSource>;
