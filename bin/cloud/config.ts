import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { Fault, Name } from '@tocsin/contracts';
import { conditionSchemas, modelSchemas } from '@tocsin/rules/engine';
import { usualOrderLimits as usual } from '@tocsin/rules/service';
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

const Bytes = (bytes: number, description: string) =>
  Type.Integer({ minimum: 1_000_000, maximum: 1e15, default: bytes, description });

const Count = (count: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 10_000, default: count, description });
const Span = (ms: number, description: string) =>
  Type.Integer({ minimum: 1_000, maximum: 86_400_000, default: ms, description });

/** How many orders of people to actuators may leave before a second person has to let them go. */
const OrderLimitsFile = Type.Object(
  {
    withinMs: Span(usual.withinMs, 'The limits count what left within this time.'),
    perIssuer: Count(usual.perIssuer, 'Orders of one person.'),
    perArea: Count(usual.perArea, 'Orders to the sites of one area.'),
    allSites: Count(usual.allSites, 'Orders to all sites together.'),
    areas: Type.Array(Type.Object({ area: Name, sites: Type.Array(Name, { minItems: 1, maxItems: 10_000 }) }, closed), {
      default: [],
      maxItems: 1_024,
      description: 'Sites that must not all be acted upon at once: a quarter, a feeder.',
    }),
    stage: Type.Object(
      {
        count: Count(usual.stage.count, 'The most that one release lets go.'),
        pauseMs: Span(usual.stage.pauseMs, 'Time to see what became of a stage before the next.'),
      },
      { ...closed, default: {} },
    ),
  },
  { ...closed, default: {}, description: 'Orders to actuators beyond these wait for a second person.' },
);

/** The cloud's file; every field has a default, so that `tocsin up` needs no file at all. */
export const CloudFile = Type.Object(
  {
    dataDir: Type.String({ default: './data/cloud', description: 'Where everything is kept; relative to this file.' }),
    mqtt: Type.Object(
      {
        host: Type.String({ default: '127.0.0.1' }),
        port: Type.Integer({ minimum: 0, maximum: 65_535, default: 1883 }),
        tls: Type.Optional(
          Type.Object(
            {
              certFile: Type.String({ minLength: 1, description: 'Certificate chain, PEM; relative to this file.' }),
              keyFile: Type.String({ minLength: 1, description: 'Private key, PEM; relative to this file.' }),
            },
            closed,
          ),
        ),
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
    pictures: Type.Object(
      {
        keepDays: Days(30, 'Frames of alerts; then they are deleted, and the ledger says so.'),
        bytesMax: Bytes(10e9, 'All frames together; the site that holds most gives way.'),
        siteBytesMax: Bytes(1e9, 'Frames of one site; its oldest give way.'),
      },
      { ...closed, default: {} },
    ),
    orders: OrderLimitsFile,
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

/** Where gateways reach this cloud, as far as its file tells: an address that only means "everywhere" is nobody's. */
export function brokerUrl({ host, port, tls }: CloudConfig['mqtt']): string {
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const reached = isEverywhere ? '<this host>' : isIPv6(host) ? `[${host}]` : host;
  return `${tls ? 'mqtts' : 'mqtt'}://${reached}:${port}`;
}

/** Makes every path absolute. */
function resolved(config: CloudConfig, directory: string): CloudConfig {
  const { dataDir, mqtt } = config;
  const at = (path: string) => resolve(directory, path);
  const tls = mqtt.tls && { certFile: at(mqtt.tls.certFile), keyFile: at(mqtt.tls.keyFile) };
  return { ...config, dataDir: at(dataDir), mqtt: { ...mqtt, ...(tls ? { tls } : {}) } };
}

/** Certificate and key of the broker, read and known to fit. Throws FILE_UNREADABLE, or CLOUD_FILE_INVALID when they do not fit. */
export function readTls({ certFile, keyFile }: NonNullable<CloudConfig['mqtt']['tls']>): { cert: Buffer; key: Buffer } {
  const [cert, key] = [readFileOf(certFile), readFileOf(keyFile)];
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    const detail = `${certFile} and ${keyFile} cannot be used for TLS (${(cause as Error).message}).`;
    throw new Fault('CLOUD_FILE_INVALID', detail, { remedy: 'Give both as PEM, the key without a passphrase.', cause });
  }
  return { cert, key };
}

function readFileOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const remedy = 'Look at its name and rights; a relative path counts from the cloud file.';
    throw new Fault('FILE_UNREADABLE', `${path} (${code ?? message}).`, { remedy, cause });
  }
}

/** Reads a cloud file, or gives the defaults when there is none; paths come back resolved. */
export function loadCloudFile(path: string | undefined, cwd: string): CloudConfig {
  if (path === undefined) {
    const config = checked({}, 'defaults');
    return resolved(config, cwd);
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
  return resolved(config, dirname(resolve(cwd, path)));
}
