import Type, { type Static } from 'typebox';
import { loginFields } from '../../../http/address.ts';

/** A camera that answers each request with one JPEG. */
export const SnapshotSource = Type.Object(
  {
    kind: Type.Literal('snapshot', { description: 'A JPEG that is fetched again and again over HTTP.' }),
    url: Type.String({ pattern: '^https?://', maxLength: 2048, description: 'Address of the picture, without login.' }),
    ...loginFields,
    caFile: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'Certificate (PEM) of the camera or of who signed it, for https; relative to this file.',
      }),
    ),
    everyMs: Type.Optional(
      Type.Integer({
        minimum: 50,
        maximum: 3_600_000,
        description:
          'Time from one request to the next; without it as often as fps says. A slower camera is asked when it has answered.',
      }),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({ minimum: 100, maximum: 60_000, default: 5000, description: 'Longest wait for a whole picture.' }),
    ),
  },
  { additionalProperties: false },
);
export type SnapshotSource = Required<Pick<Static<typeof SnapshotSource>, 'timeoutMs'>> & Static<typeof SnapshotSource>;
