import {
  type Clock,
  type Command,
  type FaultCode,
  type Logger,
  type Secret,
  type Status,
  topics,
} from '@tocsin/contracts';
import type { Cameras } from './cameras/cameras.ts';
import type { Evidence, EvidenceCounters, EvidenceOptions } from './evidence/evidence.ts';
import { type Journal, openJournal } from './outbox/journal.ts';
import { createRecorder, type Recorder } from './outbox/recorder.ts';
import type { Transport } from './outbox/transport.ts';
import type { Uplink, UplinkCounters } from './outbox/uplink.ts';
import { waitingKey } from './outbox/waiting.ts';
import { createPipeline, type Pipeline, type PipelineEffect, type PipelineEvent } from './pipeline/pipeline.ts';
import { record } from './shell/books.ts';
import { startBody } from './shell/descriptor.ts';
import { createRouter, type FieldPort } from './shell/field.ts';
import { createHands } from './shell/hands.ts';
import { healthOf, originEvents } from './shell/health.ts';
import { createLink } from './shell/link.ts';
import { createPictures } from './shell/pictures.ts';
import { createRefusals, type Refusal } from './shell/refusals.ts';
import { createTelling, type Telling } from './shell/telling.ts';
import type { Site } from './site/types.ts';

export type { Evidence, EvidenceFrame, Kept } from './evidence/evidence.ts';
export { type Journal, type JournalCommit, journalOn, openJournal } from './outbox/journal.ts';
export { createMqttTransport, type MqttTransportOptions } from './outbox/mqtt-transport.ts';
export type { Transport, TransportListener } from './outbox/transport.ts';
export { descriptorOf } from './shell/descriptor.ts';
export { type FieldListener, type FieldPort, fieldPayloadBytesMax } from './shell/field.ts';

export type EdgeAgentOptions = {
  site: Site;
  field: FieldPort;
  /** The link to the cloud; left out, the gateway stands alone and keeps no outbox. */
  transport?: Transport;
  journalPath: string;
  /** Where frames of alerts are kept, how much and how long; left out, none are. */
  evidence?: Pick<EvidenceOptions, 'dir' | 'bytesMax' | 'keepMs' | 'disk'>;
  /** Opens the cameras of the site; left out, it has none. */
  openCameras?(ends: { feed(events: PipelineEvent[]): void; evidence(): Evidence | undefined }): Cameras;
  clock: Clock;
  logger: Logger;
  /** Uniform in [0, 1); only spreads repeats. */
  random(): number;
  /** Reads a secret of the site file, for drivers that log in; throws a Fault when it cannot be had. */
  readSecret?(secret: Secret): string;
  version: string;
  /** Sees every effect of the pipeline after it was committed; for displays and measurements. */
  onDecision?(effect: PipelineEffect): void;
  /** Opens another journal than the file at `journalPath`; for simulations. */
  openJournal?(): Journal;
};

export type EdgeCounters = {
  messages: number;
  readings: number;
  alerts: number;
  commands: number;
  receipts: number;
  contained: number;
  refused: Readonly<Partial<Record<FaultCode, number>>>;
  journal: ReturnType<Recorder['counters']>;
  uplink?: Readonly<UplinkCounters>;
  evidence?: Readonly<EvidenceCounters>;
  cameras?: ReturnType<Cameras['counters']>;
};

export type EdgeAgent = {
  start(): Promise<void>;
  stop(): Promise<void>;
  status(): Status;
  counters(): EdgeCounters;
  /** The newest refused inputs, oldest first. */
  refusals(): readonly Refusal[];
  /** Where cameras hand over frames of alerts, stills and views; undefined when none are kept, or before the start. */
  evidence(): Evidence | undefined;
};

const tickMs = 500;

/**
 * The shell of the edge: feeds the pipeline, commits what it decided, then acts. Alerts and commands are committed at once, plain
 * readings in groups. While the journal cannot store, readings wait in memory and the site goes on deciding: a reversible act (siren, hold)
 * is carried out and recorded later, because a person in danger outweighs a missing line; an irreversible act is refused.
 */
export function createEdgeAgent(options: EdgeAgentOptions): EdgeAgent {
  const { site, field, clock, logger } = options;
  const counts = { messages: 0, readings: 0, alerts: 0, commands: 0, receipts: 0, contained: 0 };
  const refusals = createRefusals(logger);
  const startedAtMs = clock.nowMs();
  const waiting: PipelineEvent[][] = [];
  let running = false;
  let started = false;
  let lastBug: string | undefined;
  let cancelTick: () => void = () => {};
  let told = '';
  let parts: {
    journal: Journal;
    pipeline: Pipeline;
    recorder: Recorder;
    uplink?: Uplink;
    telling?: Telling;
    evidence?: Evidence;
    cameras?: Cameras;
  };

  function feed(events: PipelineEvent[]): void {
    if (!started || events.length === 0) return;
    waiting.push(events);
    if (running) return;
    running = true;
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) step(next);
    } finally {
      running = false;
    }
  }

  /** A bug in a driver, decoder or rule must cost one message, never the agent. */
  function contained<T>(what: string, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      counts.contained += 1;
      const text = `${what}: ${error instanceof Error ? error.message : String(error)}`;
      if (text !== lastBug) logger.error({ error: error instanceof Error ? error.stack : text }, what);
      lastBug = text.slice(0, 300);
      return undefined;
    }
  }

  const hands = createHands(options, { feed, contained });

  function step(events: readonly PipelineEvent[]): void {
    const { pipeline, recorder } = parts;
    const effects: PipelineEffect[] = [];
    for (const event of events)
      for (const effect of contained('The pipeline failed on one event.', () => pipeline.step(event)) ?? [])
        effects.push(effect);
    const commands: Command[] = [];
    let urgent = false;
    for (const effect of effects) {
      record({ site: site.site, counts, recorder, refusals }, effect);
      if (effect.kind === 'command') commands.push(effect.command);
      if (effect.kind === 'alert' || effect.kind === 'command') urgent = true;
      if (effect.kind === 'ask') contained('A driver failed.', () => hands.ask(effect.actuator));
    }
    if (urgent) {
      const stored = recorder.secure();
      for (const command of commands) contained('A driver failed.', () => hands.dispatch(command, stored));
    }
    for (const effect of effects)
      if (effect.kind === 'alert') contained('A camera failed.', () => parts.cameras?.alerted(effect.transition));
    if (options.onDecision !== undefined) for (const effect of effects) options.onDecision(effect);
  }

  function tick(): void {
    cancelTick = clock.after(tickMs, tick);
    feed([{ kind: 'tick', atMs: clock.nowMs() }]);
    parts.telling?.review();
    contained('The journal could not be tidied.', () => parts.journal.tidy());
    const { health, problems } = status();
    const said = JSON.stringify([health, problems]);
    if (said === told) return;
    told = said;
    parts.uplink?.tell();
  }

  function status(): Status {
    return healthOf({
      site: site.site,
      startedAtMs,
      atMs: clock.nowMs(),
      refused: refusals.total(),
      lastBug,
      field: field.problem?.(),
      eyes: parts.cameras?.problem(),
      ...parts,
    });
  }

  function begin(journal: Journal): void {
    const pipeline = createPipeline(site);
    const recorder = createRecorder({
      site: site.site,
      journal,
      clock,
      logger,
      commitEveryMs: site.journal.commitEveryMs,
      takeStates: () => [...pipeline.takeDirty(), ...(parts.telling?.takeDirty() ?? [])],
    });
    const order = (events: PipelineEvent[]) => feed(events);
    const uplink = createLink(options, {
      journal,
      recorder,
      feed: order,
      status: () => JSON.stringify(status()),
      pictures: (payload) => parts.evidence?.acked(payload),
    });
    if (uplink !== undefined) recorder.onward(uplink);
    const telling = uplink && createTelling({ recorder, clock, epoch: uplink.epoch, feed: order });
    const evidence = createPictures(options, { recorder, uplink });
    const cameras = options.openCameras?.({ feed: order, evidence: () => evidence });
    parts = {
      ...{ journal, pipeline, recorder },
      ...(uplink && telling ? { uplink, telling } : {}),
      ...(evidence ? { evidence } : {}),
      ...(cameras ? { cameras } : {}),
    };
    const { states } = journal.load();
    recorder.resume(states);
    telling?.restore(states);
    pipeline.restore(states.filter(([key]) => key !== waitingKey));
  }

  return {
    async start() {
      const { journalPath: path } = options;
      const journal =
        options.openJournal?.() ??
        openJournal({ site: site.site, path, bytesMax: site.journal.bytesMax, nowMs: () => clock.nowMs() });
      let router: ReturnType<typeof createRouter>;
      try {
        begin(journal);
        router = createRouter(site.devices, hands.open());
      } catch (error) {
        journal.close();
        throw error;
      }
      started = true;
      const startEvent = { atMs: clock.nowMs(), kind: 'config' as const, actor: `edge:${site.site}` };
      parts.recorder.entry({ ...startEvent, body: startBody(site, options.version) });
      for (const event of originEvents(journal.origin, clock.nowMs())) parts.recorder.event(event);
      parts.telling?.review();
      feed([{ kind: 'restarted', atMs: clock.nowMs() }]);
      parts.recorder.commit();
      field.onMessage((topic, payload, retained) => {
        if (!started) return;
        counts.messages += 1;
        if (contained('A camera failed.', () => parts.cameras?.message(topic, payload, retained))) return;
        const message = { topic, payload, retained, atMs: clock.nowMs() };
        feed(contained('A decoder failed.', () => router.route(message)) ?? []);
      });
      field.subscribe([...router.topics(), ...(parts.cameras?.topics() ?? [])]);
      hands.start();
      parts.uplink?.start();
      // Not waited for: alerts must not wait for pictures.
      void parts.evidence?.start();
      void parts.cameras?.start();
      tick();
    },
    async stop() {
      if (!started) return;
      started = false;
      cancelTick();
      await Promise.all([parts.cameras?.stop(), hands.stop()]);
      await parts.evidence?.stop();
      parts.recorder.stop();
      const last = JSON.stringify({ ...status(), online: false });
      options.transport?.publish(topics.status(site.site), last, { retain: true });
      await parts.uplink?.stop();
      parts.journal.close();
    },
    status,
    counters: () => ({
      ...counts,
      refused: refusals.counts(),
      journal: parts.recorder.counters(),
      ...(parts.uplink === undefined ? {} : { uplink: parts.uplink.counters() }),
      ...(parts.evidence === undefined ? {} : { evidence: parts.evidence.counters() }),
      ...(parts.cameras === undefined ? {} : { cameras: parts.cameras.counters() }),
    }),
    refusals: () => refusals.samples(),
    evidence: () => parts?.evidence,
  };
}
