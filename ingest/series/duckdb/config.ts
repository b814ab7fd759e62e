import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

const Days = (days: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 36_500, default: days, description });

/** Configuration of the embedded series store; its defaults fit a machine of 1 GB. */
export const DuckdbConfig = Type.Object(
  {
    memoryLimitMb: Type.Integer({
      minimum: 64,
      maximum: 1_048_576,
      default: 512,
      description: 'DuckDB takes 80 % of the machine unless told otherwise; more than this is spilled to disk.',
    }),
    threads: Type.Integer({ minimum: 1, maximum: 256, default: 1, description: 'Threads one query may use.' }),
    rawDays: Days(400, 'Readings as they came are kept this long.'),
    minuteDays: Days(1_200, 'One-minute roll-ups are kept this long.'),
    hourDays: Days(7_300, 'One-hour roll-ups are kept this long.'),
    closeDelayMs: Type.Integer({
      minimum: 0,
      maximum: 604_800_000,
      default: 3_600_000,
      description: 'A UTC day is closed this long after its end, so that ordinary lateness needs no second closing.',
    }),
    mergeEveryMs: Type.Integer({
      minimum: 0,
      maximum: 604_800_000,
      default: 21_600_000,
      description: 'Late readings of a closed day are merged into its file at most this often.',
    }),
    seriesMax: Type.Integer({
      minimum: 1,
      maximum: 10_000_000,
      default: 500_000,
      description: 'Series the store keeps; readings of further ones are left out and counted.',
    }),
  },
  { additionalProperties: false },
);
export type DuckdbConfig = Static<typeof DuckdbConfig>;

/** The configuration with its defaults filled in. */
export function duckdbConfig(given: Partial<DuckdbConfig> = {}): DuckdbConfig {
  return Value.Parse(DuckdbConfig, Value.Default(DuckdbConfig, { ...given }));
}
