import Type, { type Static } from 'typebox';
import { addressProblems, loginFields } from '../../http/address.ts';
import { Path } from '../../sensors/path.ts';

const closed = { additionalProperties: false } as const;

/** How a device is reached over HTTP, and where it tells what it does. */
export const httpDeviceFields = {
  url: Type.String({
    pattern: '^https?://[^/?#]+/?$',
    maxLength: 512,
    description: 'Address of the device without path or login: https://10.0.0.30.',
  }),
  ...loginFields,
  caFile: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'Certificate (PEM) of the device or of who signed it, for https; relative to this file.',
    }),
  ),
  timeoutMs: Type.Optional(
    Type.Integer({ minimum: 100, maximum: 30_000, default: 2000, description: 'Longest wait for an answer.' }),
  ),
  state: Type.Object(
    {
      path: Type.String({ pattern: '^/[!-~]{0,511}$', description: 'Path that is asked (GET) for the state.' }),
      at: Type.Optional(Path('Where the state is, when the report is JSON.')),
      leftAt: Type.Optional(Path('Where the report has the seconds that the device’s own timer has left; 0 for none.')),
      everyMs: Type.Optional(
        Type.Integer({ minimum: 200, maximum: 600_000, default: 2000, description: 'Asked this often.' }),
      ),
    },
    { ...closed, description: 'What the device says of itself; an answer to an order proves nothing.' },
  ),
};
const HttpDevice = Type.Object(httpDeviceFields);
type Written = Static<typeof HttpDevice>;

/** The fields of an HTTP device with every default filled in. */
export type HttpDeviceFields = Written & {
  timeoutMs: number;
  state: Written['state'] & { everyMs: number };
};

/** Fills in what a site file left out. */
export function httpDeviceOf({ timeoutMs = 2000, state, ...rest }: Written): HttpDeviceFields {
  return { ...rest, timeoutMs, state: { ...state, everyMs: state.everyMs ?? 2000 } };
}

/** What is wrong with these fields beyond their schema, as sentences. */
export function httpDeviceProblems({ url, username, password, caFile, state }: Written): string[] {
  const wrong = addressProblems({ url, ...(username && { username }), ...(password && { password }) });
  if (caFile !== undefined && !url.startsWith('https:'))
    wrong.push('/caFile: caFile means nothing without https; remove it');
  if (state.leftAt !== undefined && state.at === undefined)
    wrong.push('/state/leftAt: the time left is only found in a JSON report; give at too');
  return wrong;
}
