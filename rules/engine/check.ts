import { converter, ownRules } from '@tocsin/contracts';
import { type Families, modelSchema, ruleSchema, families as shipped, splitStream, withDefaults } from './families.ts';
import type { ConditionType, ModelConfig, ModelType, RuleConfig, StreamName, Surroundings } from './types.ts';

/** One mistake in a configuration: a JSON pointer to it, and what is wrong with a remedy. */
export type Problem = { path: string; message: string };

export type RulePieces = {
  rules: readonly RuleConfig[];
  models: readonly ModelConfig[];
  /** Measured streams and their units; outputs of models are added by the check. */
  units: ReadonlyMap<StreamName, string>;
  /** Usual time between readings of measured streams. */
  intervalsMs?: ReadonlyMap<StreamName, number>;
  /** Devices that send tracks; without it any device is taken for one. */
  trackDevices?: ReadonlySet<string>;
};

type Known = { type: ConditionType; config: RuleConfig; path: string };
type Context = { pieces: RulePieces; families: Families; problems: Problem[] };

/**
 * Finds every mistake that the schemas cannot: duplicates, unknown types, streams and rules, circles, coincidences that are
 * none, and what each kind checks for itself. The pieces must fit their schemas. Answers all problems at once; none means
 * that `createEngine` accepts the pieces.
 */
export function checkRules(pieces: RulePieces, families: Families = shipped): Problem[] {
  const context: Context = { pieces, families, problems: [] };
  const devices = new Map<StreamName, Set<string>>();
  for (const stream of pieces.units.keys()) devices.set(stream, new Set([splitStream(stream).device]));
  checkIds('models', pieces.models, context);
  checkIds('rules', pieces.rules, context);
  checkModels(context, devices);
  const known = new Map<string, Known>();
  for (const [i, raw] of pieces.rules.entries()) {
    const path = `/rules/${i}`;
    const type = families.conditions.find((candidate) => candidate.type === raw.type);
    if (type === undefined) {
      unknownType(context, path, raw.type, families.conditions);
      continue;
    }
    const config = withDefaults(ruleSchema(type), raw);
    own(context, path, type.check?.(config));
    for (const stream of type.inputs(config).streams) checkStream(context, path, stream, devices);
    checkStale(context, path, config);
    known.set(raw.id, { type, config, path });
  }
  for (const rule of known.values()) checkListening(context, rule, known, devices);
  return context.problems;
}

function unknownType({ problems }: Context, path: string, type: string, family: readonly { type: string }[]): void {
  const names = family.map((row) => row.type).join(', ');
  problems.push({ path: `${path}/type`, message: `${type} is unknown; use one of ${names}.` });
}

/** A kind's own findings; one may begin with its place, as in `/ladder/0/clear: …`. */
function own({ problems }: Context, path: string, messages: readonly string[] = []): void {
  for (const text of messages) {
    const [, place = '', message = text] = /^(\/\S*): (.*)$/s.exec(text) ?? [];
    problems.push({ path: path + place, message });
  }
}

function checkIds(what: 'rules' | 'models', rows: readonly { id: string }[], { pieces, problems }: Context): void {
  const first = new Map<string, number>();
  const measured = new Set([...pieces.units.keys()].map((stream) => splitStream(stream).device));
  rows.forEach(({ id }, i) => {
    const path = `/${what}/${i}/id`;
    if (first.has(id)) problems.push({ path, message: `${id} is also /${what}/${first.get(id)}; rename one of them.` });
    else first.set(id, i);
    if (what === 'models' && measured.has(id))
      problems.push({ path, message: `${id} is also a device, so its streams would mix; rename the model.` });
    if (what === 'rules' && (ownRules as readonly string[]).includes(id))
      problems.push({ path, message: `${id} is the name of one of Tocsin's own troubles; rename the rule.` });
  });
}

function checkStream({ problems }: Context, path: string, stream: StreamName, known: ReadonlyMap<StreamName, unknown>) {
  if (known.has(stream)) return true;
  const { device } = splitStream(stream);
  const siblings = [...known.keys()].filter((name) => splitStream(name).device === device).slice(0, 6);
  const remedy =
    siblings.length > 0 ? `${device} has ${siblings.join(', ')}` : `no device or model is called ${device}`;
  problems.push({ path, message: `No stream is called ${stream}: ${remedy}.` });
  return false;
}

/** Models in the order in which they can run; those left over feed each other. */
function checkModels(context: Context, devices: Map<StreamName, Set<string>>): void {
  const { pieces, families, problems } = context;
  const units = new Map(pieces.units);
  const site: Surroundings = {
    unitOf: (stream) => units.get(stream) ?? '1',
    intervalMsOf: (stream) => pieces.intervalsMs?.get(stream),
  };
  const waiting = new Map<number, { config: ModelConfig; type: ModelType }>();
  for (const [i, raw] of pieces.models.entries()) {
    const type = families.models.find((candidate) => candidate.type === raw.type);
    if (type === undefined) {
      unknownType(context, `/models/${i}`, raw.type, families.models);
      continue;
    }
    waiting.set(i, { config: withDefaults(modelSchema(type), raw), type });
  }
  for (let found = true; found; ) {
    found = false;
    for (const [i, { config: filled, type }] of waiting) {
      const makers = new Set([...waiting.values()].map((other) => other.config.id));
      const config = (type.prepare?.(filled, site) ?? filled) as ModelConfig;
      const inputs = type.inputs(config);
      if (inputs.streams.some((stream) => makers.has(splitStream(stream).device))) continue;
      waiting.delete(i);
      found = true;
      const path = `/models/${i}`;
      own(context, path, type.check?.(config));
      for (const device of inputs.trackDevices)
        if (pieces.trackDevices !== undefined && !pieces.trackDevices.has(device))
          problems.push({ path, message: `No device called ${device} sends tracks; name one that does.` });
      inputs.streams.forEach((stream, k) => {
        const wanted = inputs.units?.[k];
        const unit = units.get(stream);
        if (!checkStream(context, path, stream, devices) || wanted === undefined || unit === undefined) return;
        if (converter(unit, wanted) === undefined)
          problems.push({
            path,
            message: `${stream} is in ${unit}, which cannot become ${wanted}; choose another input.`,
          });
      });
      const from = new Set([
        ...inputs.trackDevices,
        ...inputs.streams.flatMap((stream) => [...(devices.get(stream) ?? [])]),
      ]);
      for (const { channel, unit } of type.outputs(
        config,
        inputs.streams.map((stream) => units.get(stream) ?? '1'),
      )) {
        devices.set(`${config.id}/${channel}`, from);
        units.set(`${config.id}/${channel}`, unit);
      }
    }
  }
  for (const [i, { config }] of waiting)
    problems.push({
      path: `/models/${i}`,
      message: `${config.id} listens to itself through other models; break the circle.`,
    });
}

/** A stale time shorter than the rhythm of the data would call every sample stale before the next one comes. */
function checkStale({ pieces, problems }: Context, path: string, config: RuleConfig): void {
  const { staleAfterMs, input } = config as { staleAfterMs?: number; input?: string };
  const intervalMs = pieces.intervalsMs?.get(input ?? '');
  if (staleAfterMs === undefined || intervalMs === undefined || staleAfterMs > intervalMs) return;
  const message = `${staleAfterMs} ms is not longer than the usual ${intervalMs} ms between readings; use three times that.`;
  problems.push({ path: `${path}/staleAfterMs`, message });
}

/** Rules that listen to rules: these must exist, form no circle, and where they are witnesses rest on different devices. */
function checkListening(
  context: Context,
  { type, config, path }: Known,
  known: ReadonlyMap<string, Known>,
  devices: ReadonlyMap<StreamName, Set<string>>,
): void {
  const { problems } = context;
  const { rules } = type.inputs(config);
  const owner = new Map<string, string>();
  own(
    context,
    path,
    type.checkHeard?.(config, (id) => known.get(id)?.config),
  );
  for (const [i, id] of rules.entries()) {
    const at = Array.isArray(config.of) ? `${path}/of/${i}` : path;
    if (!known.has(id)) problems.push({ path: at, message: `No rule is called ${id}; name one of this file.` });
    else if (reaches(id, config.id, known))
      problems.push({ path: at, message: `${id} listens to ${config.id} in turn; break the circle.` });
    if (!type.needsIndependence) continue;
    for (const device of devicesOf(id, known, devices)) {
      const other = owner.get(device);
      if (other !== undefined && other !== id) {
        const message = `${id} and ${other} both rest on ${device}, so they are no independent witnesses; use another device.`;
        problems.push({ path: at, message });
      }
      owner.set(device, id);
    }
  }
}

function reaches(from: string, target: string, known: ReadonlyMap<string, Known>, seen = new Set<string>()): boolean {
  if (from === target) return true;
  const rule = known.get(from);
  if (rule === undefined || seen.has(from)) return false;
  seen.add(from);
  return rule.type.inputs(rule.config).rules.some((id) => reaches(id, target, known, seen));
}

function devicesOf(
  id: string,
  known: ReadonlyMap<string, Known>,
  devices: ReadonlyMap<StreamName, Set<string>>,
  seen = new Set<string>(),
): Set<string> {
  const rule = known.get(id);
  if (rule === undefined || seen.has(id)) return new Set();
  seen.add(id);
  const { streams, rules } = rule.type.inputs(rule.config);
  const below = rules.flatMap((other) => [...devicesOf(other, known, devices, seen)]);
  return new Set([...streams.flatMap((stream) => [...(devices.get(stream) ?? [])]), ...below]);
}
