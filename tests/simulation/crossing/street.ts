import { resolve } from 'node:path';
import type { Command } from '@tocsin/contracts';
import { createPipeline, type Pipeline, type PipelineEffect, type PipelineEvent } from '@tocsin/edge-agent/pipeline';
import { loadSite, type Site } from '@tocsin/edge-agent/site';
import {
  arrive,
  chance,
  clearanceLeftMs,
  emptyStreet,
  orderRelay,
  relayAtRest,
  signalPlan,
  signalStart,
  stepRelay,
  stepSignal,
  stepStreet,
  tracksOf,
} from '@tocsin/simulators';

/**
 * The demonstration's crossing in one process and on simulated time: people, a signal that may be held, the relay that holds it with
 * its own watchdog, and the edge's pipeline between them, which may die. Nobody arrives by chance.
 */
export const stepMs = 100;
export const t0 = Date.UTC(2026, 4, 4, 10);
/** The relay's own auto-off, as in the demonstration: the backup time after which a silent requester is forgotten. */
export const backupMs = 6_000;

const file = resolve(import.meta.dirname, '../../../simulators/town/sites/station-street.yaml');
const story = { lengthM: 10, meanArrivalMs: 1e12 };

/** The site of the demonstration. */
export function stationStreet(): Site {
  const loaded = loadSite(file);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.site;
}

export type Street = ReturnType<typeof createStreet>;

/** Builds the street for a seed. */
export function createStreet({ site = stationStreet(), seed = 1 }: { site?: Site; seed?: number } = {}) {
  const luck = chance(`street ${seed}`);
  const disk = new Map<string, string>();
  let pipeline: Pipeline | undefined = createPipeline(site);
  let people = { ...emptyStreet, nextArrivalMs: Number.POSITIVE_INFINITY };
  let signal = signalStart;
  let relay = relayAtRest;
  let told = '';
  let atMs = 0;
  const effects: { atMs: number; effect: PipelineEffect }[] = [];
  const phases: { atMs: number; phase: number }[] = [];
  const contacts: { atMs: number; contact: 'ON' | 'OFF' }[] = [];
  const inbox: PipelineEvent[] = [];

  function obey({ action }: Command): void {
    relay = orderRelay(
      relay,
      { autoOffMs: backupMs, travelMs: 0 },
      { wanted: action === 'on' ? 'ON' : 'OFF', nowMs: atMs },
    );
  }

  function feed(event: PipelineEvent): void {
    if (pipeline === undefined) return;
    for (const effect of pipeline.step(event)) {
      effects.push({ atMs, effect });
      if (effect.kind !== 'command') continue;
      obey(effect.command);
      inbox.push({ kind: 'sent', actuator: 'hold', commandId: effect.command.id, ok: true, atMs: t0 + atMs });
    }
    for (const [key, state] of pipeline.takeDirty()) disk.set(key, JSON.stringify(state));
  }

  function step(): void {
    atMs += stepMs;
    people = stepStreet(people, story, { nowMs: atMs, dtMs: stepMs, walk: signal.phase === 1, luck });
    const call = people.people.some(({ crossing }) => !crossing);
    relay = stepRelay(relay, { autoOffMs: backupMs, travelMs: 0 }, { nowMs: atMs, fault: 'none' });
    const before = signal.phase;
    signal = stepSignal(signal, { nowMs: atMs, dtMs: stepMs, hold: relay.contact === 'ON', call });
    if (signal.phase !== before) phases.push({ atMs, phase: signal.phase });
    const now = t0 + atMs;
    if (relay.contact !== told || atMs % 5000 === 0) {
      if (relay.contact !== told) contacts.push({ atMs, contact: relay.contact });
      told = relay.contact;
      inbox.push({ kind: 'readBack', actuator: 'hold', state: relay.contact === 'ON' ? 'on' : 'off', atMs: now });
    }
    const taken = { atMs: now, receivedAtMs: now };
    if (signal.phase !== before || atMs % 500 === 0) {
      const leftS = clearanceLeftMs(signal, atMs) / 1000;
      inbox.push({ kind: 'reading', device: 'signal', channel: 'left', value: leftS, ...taken });
      inbox.push({ kind: 'reading', device: 'signal', channel: 'phase', value: signal.phase, ...taken });
    }
    if (atMs % 200 === 0) inbox.push({ kind: 'tracks', device: 'cam-1', tracks: tracksOf(people, luck), ...taken });
    if (atMs % 500 === 0) inbox.push({ kind: 'tick', atMs: now });
    for (const event of inbox.splice(0)) feed(event);
  }

  return {
    effects,
    phases,
    contacts,
    nowMs: () => atMs,
    phase: () => signal.phase,
    contact: () => relay.contact,
    clearanceMs: signalPlan.clearanceMs,
    /** Somebody comes to the kerb. */
    arrive(speedMps: number) {
      people = arrive(people, story, { speedMps, direction: 1, yM: 2 });
    },
    onRoad: () => people.people.filter(({ xM }) => xM > 0 && xM < story.lengthM).length,
    /** An order from the cloud, whose signature has been verified. */
    order(command: Command) {
      feed({ kind: 'order', command, receivedAtMs: t0 + atMs });
    },
    feed,
    die() {
      pipeline = undefined;
      inbox.length = 0;
    },
    wake() {
      pipeline = createPipeline(site);
      pipeline.restore([...disk].map(([key, text]): [string, unknown] => [key, JSON.parse(text)]));
      feed({ kind: 'restarted', atMs: t0 + atMs });
    },
    run(ms: number) {
      for (const untilMs = atMs + ms; atMs < untilMs; ) step();
    },
    /** Runs until something is so; fails the test when it does not happen in time. */
    runUntil(what: string, isSo: () => boolean, withinMs = 120_000) {
      for (const untilMs = atMs + withinMs; !isSo(); ) {
        if (atMs >= untilMs) throw new Error(`${what} did not happen in ${withinMs} ms.`);
        step();
      }
    },
  };
}
