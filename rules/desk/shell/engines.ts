import { type CommittedBatch, converter, type Descriptor, isUsable, qualityFlags } from '@tocsin/contracts';
import {
  checkRules,
  createEngine,
  type Engine,
  type EngineConfig,
  type EngineEffect,
  type EngineEvent,
  type ModelConfig,
  type RuleConfig,
} from '../../engine/index.ts';
import type { Store } from './store.ts';

/** The rules the cloud evaluates about one site; units and intervals come from the descriptor the site publishes. */
export type SiteRules = { site: string; models: readonly ModelConfig[]; rules: readonly RuleConfig[] };

/** How an engine is made; replaced in tests only. */
export type EngineMaker = {
  check(pieces: Omit<EngineConfig, 'site' | 'origin'>): { path: string; message: string }[];
  create(config: EngineConfig): Engine;
};
const shipped: EngineMaker = { check: checkRules, create: createEngine };

type Seat = {
  site: string;
  rules: SiteRules;
  /** What the engine was built from; another descriptor with the same streams changes nothing. */
  builtFrom?: string;
  config?: EngineConfig;
  engine?: Engine;
  /** Why it does not run although the site has described itself. */
  broken?: string[];
};

export type Engines = ReturnType<typeof createEngines>;

function measured({ devices }: Descriptor): Pick<EngineConfig, 'units' | 'intervalsMs'> {
  const units = new Map<string, string>();
  const intervalsMs = new Map<string, number>();
  for (const { device, channels } of devices)
    for (const { channel, unit, intervalMs } of channels) {
      units.set(`${device}/${channel}`, unit);
      if (intervalMs !== undefined) intervalsMs.set(`${device}/${channel}`, intervalMs);
    }
  return { units, intervalsMs };
}

/**
 * One engine per site that has cloud rules. Their states live in the store and are committed with what they caused;
 * `reload` takes
 * every engine back to what is committed.
 */
export function createEngines(rules: readonly SiteRules[], maker: EngineMaker = shipped) {
  const seats = new Map<string, Seat>(rules.map((one) => [one.site, { site: one.site, rules: one }]));
  const changed = new Set<Seat>();

  function build(seat: Seat, store: Store): void {
    changed.delete(seat);
    delete seat.engine;
    if (seat.config === undefined || seat.broken !== undefined) return;
    const states = store.engineStates(seat.site);
    try {
      seat.engine = maker.create(seat.config);
      seat.engine.restore(states);
    } catch (error) {
      delete seat.engine;
      seat.broken = [error instanceof Error ? error.message : String(error)];
    }
  }

  /** Rules that are not even shaped like rules make the check itself fail; that is their problem, not the service's. */
  function mistakes(pieces: Parameters<EngineMaker['check']>[0]): string[] {
    try {
      return maker.check(pieces).map(({ path, message }) => `${path}: ${message}`);
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  }

  function step(seat: Seat, event: EngineEvent): EngineEffect[] {
    changed.add(seat);
    return seat.engine!.step(event);
  }

  /**
   * A function from a row's value to the value in the unit the engine expects, or undefined for streams it has no
   * use for.
   */
  function intake(seat: Seat, { device, channel, unit }: CommittedBatch['series'][number]) {
    const wanted = seat.config!.units.get(`${device}/${channel}`);
    return wanted === undefined ? undefined : converter(unit, wanted);
  }

  return {
    has: (site: string): boolean => seats.get(site)?.engine !== undefined,
    /** Which alerts a site's engine knows; none while it has no engine. */
    knows: (site: string, key: string): boolean => seats.get(site)?.engine?.alerts().has(key) ?? false,
    /**
     * Learns what a site measures and builds its engine when that changed. The committed states are restored, so
     * everything
     * pending must have been committed before. Answers what keeps the rules from running, undefined when nothing
     * changed.
     */
    describe(descriptor: Descriptor, store: Store): string[] | undefined {
      const seat = seats.get(descriptor.site);
      if (seat === undefined) return undefined;
      const builtFrom = JSON.stringify(descriptor.devices);
      if (seat.builtFrom === builtFrom) return undefined;
      seat.builtFrom = builtFrom;
      const { site, models, rules } = seat.rules;
      const pieces = { models, rules, ...measured(descriptor) };
      const problems = mistakes(pieces);
      seat.config = { site, origin: 'cloud', ...pieces };
      delete seat.broken;
      if (problems.length > 0) seat.broken = problems;
      build(seat, store);
      return seat.broken ?? [];
    },
    /** Feeds the usable readings of a batch in their order; answers what the rules made of them. */
    feed(batch: CommittedBatch): EngineEffect[] {
      const seat = seats.get(batch.site);
      if (seat?.engine === undefined || batch.columns.series.length === 0) return [];
      const { series, takenAtMs, value, quality } = batch.columns;
      const names = batch.series.map(({ device, channel }) => `${device}/${channel}`);
      const convert = batch.series.map((one) => intake(seat, one));
      const effects: EngineEffect[] = [];
      for (let i = 0; i < series.length; i += 1) {
        const to = convert[series[i]!];
        if (to === undefined || !isUsable(quality[i]!)) continue;
        const late = batch.lane === 'backlog' || (quality[i]! & qualityFlags.late) !== 0;
        const stream = names[series[i]!]!;
        const reading = { stream, value: to(value[i]!), takenAtMs: takenAtMs[i]!, late };
        effects.push(...step(seat, { kind: 'reading', ...reading, receivedAtMs: batch.receivedAtMs }));
      }
      return effects;
    },
    /** Tells one site's engine something; an engine that is not there answers nothing. */
    tell(site: string, event: EngineEvent): EngineEffect[] {
      const seat = seats.get(site);
      return seat?.engine === undefined ? [] : step(seat, event);
    },
    running: (): string[] => [...seats.values()].filter(({ engine }) => engine).map(({ site }) => site),
    /** True while states are not yet in the store. */
    isDirty: () => changed.size > 0,
    save(store: Store): void {
      for (const { site, engine } of changed)
        for (const [key, state] of engine!.takeDirty()) store.putEngineState(site, key, state);
      changed.clear();
    },
    /** Stops a site's engine after a bug in it; the others go on. */
    disable(site: string, why: string): void {
      const seat = seats.get(site);
      if (seat === undefined) return;
      seat.broken = [why];
      delete seat.engine;
      changed.delete(seat);
    },
    /** Takes every engine back to its committed state. */
    reload(store: Store): void {
      for (const seat of seats.values()) build(seat, store);
    },
  };
}
