import assert from 'node:assert';
import { alertKey, converter } from '@tocsin/contracts';
import type { AlertRule } from '../alerting/lifecycle.ts';
import { type Families, modelSchema, ruleSchema, splitStream, withDefaults } from './families.ts';
import type {
  ConditionType,
  EngineConfig,
  ModelConfig,
  ModelType,
  RuleConfig,
  StreamName,
  Surroundings,
  Verdict,
} from './types.ts';
import { ruleVersion } from './version.ts';

/**
 * Joins streams, models and rules once, when an engine is built, so that a reading finds everything it concerns with a
 * single look-up. Nothing here decides.
 */
export type RuleNode = {
  id: string;
  key: string;
  type: ConditionType;
  config: RuleConfig;
  state: unknown;
  verdict: Verdict | undefined;
  about: AlertRule;
  /** Physical device of its first input; troubles of blind rules are gathered by it. */
  device: string;
  streams: StreamNode[];
  /** Coincidences that listen to this rule. */
  heardBy: RuleNode[];
  of: RuleNode[];
  dirty: boolean;
  failed: boolean;
};

export type ModelNode = {
  id: string;
  key: string;
  type: ModelType;
  config: ModelConfig;
  version: string;
  state: unknown;
  streams: StreamNode[];
  outputs: Map<string, StreamNode>;
  dirty: boolean;
  failed: boolean;
};

export type StreamNode = {
  name: StreamName;
  device: string;
  channel: string;
  unit: string;
  /** Place of its gate, and of its evidence. */
  index: number;
  /** Length of a bucket of its evidence. */
  bucketMs: number;
  /** Listeners and, at the same place, which of their inputs this stream is. */
  rules: RuleNode[];
  ruleInputs: number[];
  models: ModelNode[];
  modelInputs: number[];
  convert: ((value: number) => number)[];
  /** The model that makes this stream, if one does. */
  source: ModelNode | undefined;
};

export type Plan = {
  streams: Map<StreamName, StreamNode>;
  /** The same streams by index. */
  nodes: StreamNode[];
  trackModels: Map<string, ModelNode[]>;
  models: ModelNode[];
  rules: RuleNode[];
  rulesOf: Map<string, RuleNode[]>;
};

/** Evidence looks back at least ten minutes, and one and a half times as far as the longest delay or window of a rule. */
const evidenceSpanMinMs = 600_000;
const bucketsPerSpan = 60;

/** How far back a rule looks: its longest delay or window. */
function lookBackMs(config: RuleConfig): number {
  const steps = Array.isArray(config.ladder) ? (config.ladder as { holdMs?: number }[]) : [];
  return Math.max(0, Number(config.windowMs ?? 0), ...steps.map(({ holdMs = 0 }) => holdMs));
}

function createStream(plan: Plan, name: StreamName, unit: string): StreamNode {
  const { device, channel } = splitStream(name);
  const bucketMs = evidenceSpanMinMs / bucketsPerSpan;
  const listeners = { rules: [], ruleInputs: [], models: [], modelInputs: [], convert: [], source: undefined };
  const stream: StreamNode = { name, device, channel, unit, index: plan.nodes.length, bucketMs, ...listeners };
  plan.streams.set(name, stream);
  plan.nodes.push(stream);
  return stream;
}

/** Builds the graph. The configuration must have passed `checkRules`; anything else is a bug of the caller. */
export function planEngine(engine: EngineConfig, families: Families): Plan {
  const plan: Plan = {
    streams: new Map(),
    nodes: [],
    trackModels: new Map(),
    models: [],
    rules: [],
    rulesOf: new Map(),
  };
  const intervalsMs = new Map(engine.intervalsMs);
  const site: Surroundings = {
    unitOf: (stream) => plan.streams.get(stream)?.unit ?? engine.units.get(stream) ?? '1',
    intervalMsOf: (stream) => intervalsMs.get(stream),
  };
  for (const config of inOrder(engine.models, families))
    addModel(plan, config, { engine, families, site, intervalsMs });
  for (const config of engine.rules) addRule(plan, config, { engine, families, site });
  for (const rule of plan.rules) {
    for (const id of rule.type.inputs(rule.config).rules) {
      const other = plan.rules.find((candidate) => candidate.id === id);
      assert(other, `Rule ${rule.id} listens to ${id}, which does not exist.`);
      rule.of.push(other);
      other.heardBy.push(rule);
    }
  }
  for (const rule of plan.rules) settleSubject(plan, rule, engine);
  return plan;
}

/** Models ordered so that each comes after those it listens to. */
function inOrder(models: readonly ModelConfig[], families: Families): ModelConfig[] {
  const waiting = new Map(models.map((config) => [config.id, config]));
  const ordered: ModelConfig[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting.values()].filter((config) => {
      const type = families.models.find(({ type }) => type === config.type);
      assert(type, `Model ${config.id} has the unknown type ${config.type}.`);
      return type.inputs(config).streams.every((stream) => !waiting.has(splitStream(stream).device));
    });
    assert(ready.length > 0, `Models feed each other in a circle: ${[...waiting.keys()].join(', ')}.`);
    for (const config of ready) waiting.delete(config.id);
    ordered.push(...ready);
  }
  return ordered;
}

type ModelSite = { engine: EngineConfig; families: Families; site: Surroundings; intervalsMs: Map<StreamName, number> };

function addModel(plan: Plan, raw: ModelConfig, { engine, families, site, intervalsMs }: ModelSite): void {
  const type = families.models.find((candidate) => candidate.type === raw.type)!;
  const filled = withDefaults(modelSchema(type), raw);
  const config = (type.prepare?.(filled, site) ?? filled) as ModelConfig;
  const { streams: inputs, trackDevices, units: wanted } = type.inputs(config);
  const streams = inputs.map((name) => streamOf(plan, name, engine));
  const units = streams.map(({ unit }, i) => wanted?.[i] ?? unit);
  const model: ModelNode = {
    id: config.id,
    key: `model/${config.id}`,
    type,
    config,
    version: `${ruleVersion(raw)}.${type.revision ?? 1}`,
    state: type.initial(config),
    streams,
    outputs: new Map(),
    dirty: false,
    failed: false,
  };
  streams.forEach((stream, i) => {
    const convert = converter(stream.unit, units[i]!);
    assert(convert, `Model ${config.id} wants ${inputs[i]} in ${units[i]}, which ${stream.unit} cannot become.`);
    stream.models.push(model);
    stream.modelInputs.push(i);
    stream.convert.push(convert);
  });
  for (const device of trackDevices) plan.trackModels.set(device, [...(plan.trackModels.get(device) ?? []), model]);
  const intervals = inputs.flatMap((name) => intervalsMs.get(name) ?? []);
  for (const { channel, unit } of type.outputs(config, units)) {
    const stream = createStream(plan, `${config.id}/${channel}`, unit);
    stream.source = model;
    model.outputs.set(channel, stream);
    if (intervals.length > 0) intervalsMs.set(stream.name, Math.max(...intervals));
  }
  plan.models.push(model);
}

function streamOf(plan: Plan, name: StreamName, engine: EngineConfig): StreamNode {
  const known = plan.streams.get(name);
  if (known !== undefined) return known;
  const unit = engine.units.get(name);
  assert(unit !== undefined, `Stream ${name} is unknown.`);
  return createStream(plan, name, unit);
}

type RuleSite = { engine: EngineConfig; families: Families; site: Surroundings };

function addRule(plan: Plan, raw: RuleConfig, { engine, families, site }: RuleSite): void {
  const type = families.conditions.find((candidate) => candidate.type === raw.type);
  assert(type, `Rule ${raw.id} has the unknown type ${raw.type}.`);
  const filled = withDefaults(ruleSchema(type), raw);
  const streams = type.inputs(filled).streams.map((name) => streamOf(plan, name, engine));
  const config = (type.prepare?.(filled, site) ?? filled) as RuleConfig;
  const rule: RuleNode = {
    id: config.id,
    key: `rule/${config.id}`,
    type,
    config,
    state: type.initial(config),
    verdict: undefined,
    about: {
      site: engine.site,
      origin: engine.origin,
      key: '',
      subject: '',
      rule: config,
      severities: type.ladder(config),
      version: ruleVersion(raw),
    },
    device: '',
    streams,
    heardBy: [],
    of: [],
    dirty: false,
    failed: false,
  };
  const bucketMs = (lookBackMs(config) * 1.5) / bucketsPerSpan;
  streams.forEach((stream, i) => {
    stream.rules.push(rule);
    stream.ruleInputs.push(i);
    stream.bucketMs = Math.max(stream.bucketMs, bucketMs);
  });
  plan.rules.push(rule);
}

function settleSubject(plan: Plan, rule: RuleNode, { site }: EngineConfig): void {
  rule.device = physicalDevice(rule);
  rule.about.subject = rule.config.subject ?? rule.device;
  rule.about.key = alertKey(site, rule.id, rule.about.subject);
  plan.rulesOf.set(rule.device, [...(plan.rulesOf.get(rule.device) ?? []), rule]);
}

/** The device behind a rule's first input, looking through models and other rules. */
function physicalDevice(rule: RuleNode): string {
  let first: RuleNode = rule;
  while (first.streams.length === 0 && first.of.length > 0) first = first.of[0]!;
  let stream = first.streams[0];
  while (stream?.source !== undefined) {
    const model: ModelNode = stream.source;
    if (model.streams.length === 0 || model.type.inputs(model.config).trackDevices.length > 0)
      return model.type.inputs(model.config).trackDevices[0] ?? model.id;
    stream = model.streams[0];
  }
  return stream?.device ?? rule.id;
}
