import Type, { type Static } from 'typebox';
import { loginFields } from '../../../http/address.ts';

/** A camera that answers one request with JPEG after JPEG. */
export const MjpegSource = Type.Object(
  {
    kind: Type.Literal('mjpeg', { description: 'JPEG after JPEG in one endless answer (multipart/x-mixed-replace).' }),
    url: Type.String({ pattern: '^https?://', maxLength: 2048, description: 'Address of the stream, without login.' }),
    ...loginFields,
    caFile: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'Certificate (PEM) of the camera or of who signed it, for https; relative to this file.',
      }),
    ),
    silenceMs: Type.Optional(
      Type.Integer({
        minimum: 500,
        maximum: 600_000,
        default: 5000,
        description: 'Without a picture for this long the stream is asked for anew.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type MjpegSource = Required<Pick<Static<typeof MjpegSource>, 'silenceMs'>> & Static<typeof MjpegSource>;
