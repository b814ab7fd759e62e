import type { Command } from '@tocsin/contracts';
import { createPipeline, type Pipeline, type PipelineEffect, type PipelineEvent } from '@tocsin/edge-agent/pipeline';
import type { Site } from '@tocsin/edge-agent/site';
import { type Chance, chance, orderRelay, type RelayState, relayAtRest, stepRelay } from '@tocsin/simulators';

/**
 * A building whose agent dies, freezes and loses messages, and its two relays: a siren with its own auto-off and a breaker without.
 * Everything runs on simulated time from one seed. What was decided is on the simulated disk before anything is sent, as in the agent.
 */
export const stepMs = 250;
const t0 = 1_700_000_000_000;
/** The siren's own watchdog, a little longer than the lease, as the manual advises. */
export const autoOffMs = 10_000;
const leaseMs = 8000;

const smoke = (id: string, channel: string, max: number) => ({
  id,
  format: 'json-path',
  topic: `field/${id}`,
  intervalMs: 1000,
  latenessMs: 60_000,
  clockSkewMs: 300_000,
  channels: [{ id: channel, unit: max > 90 ? '%/m' : '{state}', min: -3, max }],
});
const rule = (id: string) => ({
  id: `smoke-${id}`,
  type: 'threshold',
  event: `Smoke in the ${id}`,
  input: `${id}/smoke`,
  direction: 'above',
  ladder: [{ severity: 'Moderate', at: 6, clear: 3, holdMs: 0, clearHoldMs: 1000 }],
});
/** What the driver makes of each contact: the action that the site file says it proves. */
const words = { siren: { ON: 'on', OFF: 'off' }, breaker: { ON: 'open', OFF: 'closed' } } as const;

const relay = (id: string, rest: string, act: string) => ({
  id,
  driver: 'mqtt-relay',
  commandTopic: `${id}/set`,
  stateTopic: `${id}/state`,
  rest,
  onSilence: 'off',
  readBackWithinMs: 2000,
  leaseMs,
  irreversible: act === 'open' ? [act] : [],
  interlocks: [],
  actions: { [act]: { send: 'ON', state: 'ON' }, [rest]: { send: 'OFF', state: 'OFF' } },
});

const plainSite: Site = {
  site: 'mill',
  name: 'Mill',
  mode: 'live',
  dataDir: '.',
  journal: { commitEveryMs: 100, bytesMax: 1e9 },
  devices: [smoke('kitchen', 'smoke', 100), smoke('corridor', 'smoke', 100), smoke('lift', 'floor', 20)],
  cameras: [],
  vision: { provider: 'cpu', threads: 1, timeoutMs: 2000, memoryMiB: 700, keepDays: 7 },
  models: [],
  rules: [
    rule('kitchen'),
    rule('corridor'),
    {
      id: 'fire',
      type: 'coincidence',
      event: 'Fire',
      subject: 'mill',
      of: ['smoke-kitchen', 'smoke-corridor'],
      need: 2,
      atLeast: 'Moderate',
      withinMs: 60_000,
      severity: 'Extreme',
      latch: true,
    },
  ],
  actuators: [
    relay('siren', 'off', 'on'),
    {
      ...relay('breaker', 'closed', 'open'),
      interlocks: [
        { refuse: 'open', when: { stream: 'lift/floor', outside: [-0.5, 0.5] }, why: 'The lift is between floors.' },
      ],
    },
  ],
  responses: [
    {
      id: 'cut',
      when: { rule: 'fire', atLeast: 'Severe' },
      actuator: 'breaker',
      action: 'open',
      hold: 'untilReset',
    },
    {
      id: 'warn',
      when: { rule: 'smoke-kitchen', atLeast: 'Moderate' },
      actuator: 'siren',
      action: 'on',
      hold: 'whileActive',
    },
  ],
  configHash: '0'.repeat(64),
};

export type World = { kitchen: number; corridor: number; floor: number };
type Message = { atMs: number; deliver: () => void };
type Relay = { state: RelayState; told: string };

/** What a run of the building can be asked and told. */
export type Building = {
  world: World;
  faults: { loss: number; duplicates: number; delayMsMax: number };
  nowMs(): number;
  contact(actuator: 'siren' | 'breaker'): 'ON' | 'OFF';
  /** Every command that reached a device, at the instant at which it did. */
  arrived: { atMs: number; command: Command }[];
  effects: PipelineEffect[];
  die(forMs: number): void;
  freeze(forMs: number): void;
  /** Sets the clock of the gateway; the world goes on as before. */
  setClock(byMs: number): void;
  /** An authentic order reaches the gateway now. */
  order(command: Partial<Command>): void;
  run(ms: number): void;
};

/** Builds the building for one seed, with its site file changed. */
export function createBuilding(seed: number, change: (site: Site) => Site = (same) => same): Building {
  const site = change(plainSite);
  const luck: Chance = chance(seed);
  const disk = new Map<string, string>();
  const relays: Record<string, Relay> = {
    siren: { state: relayAtRest, told: '' },
    breaker: { state: relayAtRest, told: '' },
  };
  let atMs = t0;
  let agent: Pipeline | undefined = createPipeline(site);
  let awakeAtMs = t0;
  /** How far the clock of the gateway is ahead of the world. */
  let aheadMs = 0;
  let wire: Message[] = [];
  const inbox: PipelineEvent[] = [];

  function post(deliver: () => void): void {
    const { loss, duplicates, delayMsMax } = building.faults;
    for (let copies = luck.next() < duplicates ? 2 : 1; copies > 0; copies -= 1)
      if (luck.next() >= loss) wire.push({ atMs: atMs + luck.integer(0, delayMsMax), deliver });
  }

  function obey(command: Command): void {
    const held = relays[command.device]!;
    building.arrived.push({ atMs, command });
    const wanted = command.action === 'on' || command.action === 'open' ? 'ON' : 'OFF';
    const story = { autoOffMs: command.device === 'siren' ? autoOffMs : 0, travelMs: 100 };
    held.state = orderRelay(held.state, story, { wanted, nowMs: atMs });
    held.told = '';
  }

  function commit(): void {
    for (const [key, state] of agent?.takeDirty() ?? []) disk.set(key, JSON.stringify(state));
  }

  function feed(event: PipelineEvent): void {
    if (agent === undefined) return;
    const effects = agent.step(event);
    if (effects.some(({ kind }) => kind !== 'store')) commit();
    building.effects.push(...effects);
    for (const effect of effects) {
      if (effect.kind !== 'command') continue;
      // The agent may die between its intent and the act.
      if (building.faults.loss > 0 && luck.next() < 0.03) building.die(luck.integer(500, 15_000));
      if (agent === undefined) return;
      const { command } = effect;
      const ok = building.faults.loss === 0 || luck.next() > 0.1;
      if (ok) post(() => obey(command));
      inbox.push({ kind: 'sent', actuator: command.device, commandId: command.id, ok, atMs });
    }
  }

  function report(actuator: string): void {
    const { contact } = relays[actuator]!.state;
    const state = words[actuator as keyof typeof words][contact as 'ON' | 'OFF'];
    post(() => inbox.push({ kind: 'readBack', actuator, state, atMs }));
  }

  function wake(): void {
    agent = createPipeline(site);
    agent.restore([...disk].map(([key, text]): [string, unknown] => [key, JSON.parse(text)]));
    inbox.length = 0;
    feed({ kind: 'restarted', atMs: atMs + aheadMs });
    for (const actuator of Object.keys(relays)) report(actuator);
  }

  function step(): void {
    atMs += stepMs;
    for (const [actuator, held] of Object.entries(relays)) {
      const story = { autoOffMs: actuator === 'siren' ? autoOffMs : 0, travelMs: 100 };
      held.state = stepRelay(held.state, story, { nowMs: atMs, fault: 'none' });
      if (held.state.contact !== held.told || atMs % 5000 === 0) report(actuator);
      held.told = held.state.contact;
    }
    const due = wire.filter((message) => message.atMs <= atMs);
    wire = wire.filter((message) => message.atMs > atMs);
    for (const { deliver } of due) deliver();
    const { kitchen, corridor, floor } = building.world;
    if (atMs % 1000 === 0)
      for (const [device, channel, value] of [
        ['kitchen', 'smoke', kitchen],
        ['corridor', 'smoke', corridor],
        ['lift', 'floor', floor],
      ] as const) {
        const reading = { kind: 'reading' as const, device, channel, value, atMs, receivedAtMs: atMs };
        post(() => inbox.push({ ...reading, receivedAtMs: atMs }));
      }
    if (atMs < awakeAtMs) {
      if (agent === undefined) inbox.length = 0;
      return;
    }
    if (agent === undefined) wake();
    // A frozen agent finds its messages when it thaws, and takes them in then.
    const nowMs = atMs + aheadMs;
    for (const event of inbox.splice(0))
      feed('receivedAtMs' in event ? { ...event, receivedAtMs: nowMs } : { ...event, atMs: nowMs });
    feed({ kind: 'tick', atMs: nowMs });
    commit();
  }

  const building: Building = {
    world: { kitchen: 0, corridor: 0, floor: 0 },
    faults: { loss: 0, duplicates: 0, delayMsMax: 0 },
    nowMs: () => atMs,
    contact: (actuator) => relays[actuator]!.state.contact,
    arrived: [],
    effects: [],
    die(forMs) {
      agent = undefined;
      awakeAtMs = atMs + forMs;
    },
    freeze(forMs) {
      awakeAtMs = Math.max(awakeAtMs, atMs + forMs);
    },
    setClock(byMs) {
      aheadMs += byMs;
    },
    order(given) {
      const times = { notBeforeMs: atMs, expiresAtMs: atMs + 30_000 };
      const what = { id: 'order-1', site: site.site, device: 'siren', action: 'on', issuer: 'ann', reason: 'by phone' };
      inbox.push({ kind: 'order', command: { v: 1, mode: 'live', ...what, ...times, ...given }, receivedAtMs: atMs });
    },
    run(ms) {
      for (const untilMs = atMs + ms; atMs < untilMs; ) step();
    },
  };
  return building;
}
