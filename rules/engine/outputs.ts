import type { Severity } from '@tocsin/contracts';
import { type Families, modelSchema, families as shipped, splitStream, withDefaults } from './families.ts';
import type { ModelConfig, ModelOutput, RuleConfig, StreamName, Surroundings } from './types.ts';

type Pieces = {
  models: readonly ModelConfig[];
  units: ReadonlyMap<StreamName, string>;
  intervalsMs?: ReadonlyMap<StreamName, number>;
};

/** A model with the streams it makes, and the devices that all of them rest on. */
export type Made = { model: ModelConfig; outputs: ModelOutput[]; devices: string[] };

/** The models of a site, each with what it makes and after those it listens to; what feeds itself is left out. */
export function madeStreams({ models, units, intervalsMs }: Pieces, families: Families = shipped): Made[] {
  const known = new Map(units);
  const devices = new Map([...units.keys()].map((stream) => [stream, [splitStream(stream).device]]));
  const site: Surroundings = {
    unitOf: (stream) => known.get(stream) ?? '1',
    intervalMsOf: (stream) => intervalsMs?.get(stream),
    devicesOf: (stream) => devices.get(stream) ?? [],
  };
  const made: Made[] = [];
  let waiting = [...models];
  for (let before = -1; waiting.length !== before; ) {
    before = waiting.length;
    waiting = waiting.filter((model) => {
      const type = families.models.find((candidate) => candidate.type === model.type);
      if (type === undefined) return false;
      const filled = withDefaults(modelSchema(type), model);
      const config = (type.prepare?.(filled, site) ?? filled) as ModelConfig;
      const inputs = type.inputs(config);
      if (inputs.streams.some((stream) => !known.has(stream))) return true;
      const outputs = type.outputs(
        config,
        inputs.streams.map((stream, i) => inputs.units?.[i] ?? known.get(stream)!),
      );
      const from = [
        ...new Set([...inputs.trackDevices, ...inputs.streams.flatMap((stream) => devices.get(stream) ?? [])]),
      ];
      for (const { channel, unit } of outputs) {
        known.set(`${model.id}/${channel}`, unit);
        devices.set(`${model.id}/${channel}`, from);
      }
      made.push({ model, outputs, devices: from });
      return false;
    });
  }
  return made;
}

/** Unit of what a camera takes for fire: evidence beside detectors, on which no act that cannot be taken back may rest. */
export const opticalUnit = '{optical}';

/**
 * For each rule the mildest severity on which an act that cannot be taken back may rest; rules that are not in the map never
 * carry one.
 */
export function confirmedSeverities(
  { rules, ...pieces }: Pieces & { rules: readonly RuleConfig[] },
  families: Families = shipped,
): Map<string, Severity> {
  const outputs = new Map<StreamName, ModelOutput>();
  for (const { model, outputs: rows } of madeStreams(pieces, families))
    for (const row of rows) outputs.set(`${model.id}/${row.channel}`, row);
  const confirmed = new Map<string, Severity>();
  const unitOf = (stream: StreamName) => outputs.get(stream)?.unit ?? pieces.units.get(stream);
  const isOptical = (rule: RuleConfig, depth = 0): boolean => {
    const inputs = families.conditions.find(({ type }) => type === rule.type)?.inputs(rule);
    if (inputs === undefined || depth > rules.length) return false;
    const heard = rules.filter(({ id }) => inputs.rules.includes(id));
    return (
      inputs.streams.some((stream) => unitOf(stream) === opticalUnit) || heard.some((one) => isOptical(one, depth + 1))
    );
  };
  for (const rule of rules) {
    const type = families.conditions.find((candidate) => candidate.type === rule.type);
    const from = type?.confirmedFrom?.(rule, (stream) => outputs.get(stream));
    if (from !== undefined && !isOptical(rule)) confirmed.set(rule.id, from);
  }
  return confirmed;
}

/** The devices that each rule rests on, through models and through the rules it listens to. */
export function devicesBehind(
  { rules, ...pieces }: Pieces & { rules: readonly RuleConfig[] },
  families: Families = shipped,
): Map<string, ReadonlySet<string>> {
  const ofModel = new Map(madeStreams(pieces, families).map(({ model, devices }) => [model.id, devices]));
  const behind = new Map<string, Set<string>>();
  const find = (rule: RuleConfig): Set<string> => {
    const known = behind.get(rule.id);
    if (known !== undefined) return known;
    const found = new Set<string>();
    // Noted before it is complete, so that rules that listen to one another end.
    behind.set(rule.id, found);
    const inputs = families.conditions.find(({ type }) => type === rule.type)?.inputs(rule);
    for (const stream of inputs?.streams ?? []) {
      const { device } = splitStream(stream);
      for (const name of ofModel.get(device) ?? [device]) found.add(name);
    }
    for (const id of inputs?.rules ?? []) {
      const heard = rules.find((candidate) => candidate.id === id);
      if (heard !== undefined) for (const name of find(heard)) found.add(name);
    }
    return found;
  };
  for (const rule of rules) find(rule);
  return behind;
}
