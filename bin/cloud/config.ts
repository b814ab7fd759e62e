import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Fault, Name } from '@tocsin/contracts';
import { conditionSchemas, modelSchemas } from '@tocsin/rules/engine';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';

const closed = { additionalProperties: false } as const;
const Endpoint = (port: number, what: string) =>
  Type.Object(
    {
      host: Type.String({ default: '127.0.0.1', description: 'Loopback until told otherwise.' }),
      port: Type.Integer({ minimum: 0, maximum: 65_535, default: port }),
    },
    { ...closed, default: {}, description: what },
  );
const Days = (days: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 36_500, default: days, description });

/** The cloud's file; every field has a default, so that `tocsin up` needs no file at all. */
export const CloudFile = Type.Object(
  {
    dataDir: Type.String({ default: './data/cloud', description: 'Where everything is kept; relative to this file.' }),
    mqtt: Type.Object(
      {
        host: Type.String({ default: '127.0.0.1' }),
        port: Type.Integer({ minimum: 0, maximum: 65_535, default: 1883 }),
        tls: Type.Optional(Type.Object({ certFile: Type.String(), keyFile: Type.String() }, closed)),
      },
      { ...closed, default: {}, description: 'Where gateways connect.' },
    ),
    http: Endpoint(8080, 'Where the console is served.'),
    secureCookies: Type.Boolean({ default: false, description: 'True behind HTTPS.' }),
    retention: Type.Object(
      {
        rawDays: Days(400, 'Readings as they came.'),
        minuteDays: Days(1_200, 'One-minute roll-ups.'),
        hourDays: Days(7_300, 'One-hour roll-ups.'),
      },
      { ...closed, default: {} },
    ),
    rules: Type.Array(
      Type.Object(
        {
          site: Name,
          models: Type.Array(Type.Union(modelSchemas), { default: [], maxItems: 1_024 }),
          rules: Type.Array(Type.Union(conditionSchemas), { maxItems: 4_096 }),
        },
        closed,
      ),
      { default: [], maxItems: 4_096, description: 'Rules that the cloud evaluates, beside those of the sites.' },
    ),
  },
  { ...closed, title: 'Tocsin cloud file' },
);
export type CloudConfig = Static<typeof CloudFile>;

function checked(raw: unknown, file: string): CloudConfig {
  const filled = Value.Default(CloudFile, Value.Clone(raw ?? {}));
  if (Value.Check(CloudFile, filled)) return filled;
  const problems = [...Value.Errors(CloudFile, filled)]
    .slice(0, 8)
    .map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
  throw new Fault('CLOUD_FILE_INVALID', `${file}: ${problems.join('; ')}.`, {
    remedy: 'See docs/operations.md for every field.',
  });
}

/** Reads a cloud file, or gives the defaults when there is none; paths come back resolved. */
export function loadCloudFile(path: string | undefined, cwd: string): CloudConfig {
  if (path === undefined) {
    const config = checked({}, 'defaults');
    return { ...config, dataDir: resolve(cwd, config.dataDir) };
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Fault('FILE_UNREADABLE', `${path}: ${(cause as Error).message}.`, { cause });
  }
  let raw: unknown;
  try {
    raw = parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    throw new Fault('CLOUD_FILE_INVALID', `${path}: ${(cause as Error).message}`, { cause });
  }
  const config = checked(raw, path);
  return { ...config, dataDir: resolve(dirname(path), config.dataDir) };
}
