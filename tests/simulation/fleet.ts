import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Batch, decodeBatch } from '@tocsin/contracts';
import { type Chance, chance } from '@tocsin/simulators';
import { simClock } from '@tocsin/simulators/time';
import { calm, createLossyLink, type LossyLink, type Weather } from './lossy-link.ts';
import { createModelCloud, type ModelCloud } from './model-cloud.ts';
import { judge, type Verdict } from './oracle.ts';
import { createSimSite, itemsOf, type SimSite, siteOf } from './sim-site.ts';

/** What may befall a run beside loss, repeats, disorder, delay, partitions and crashes, which befall every run. */
export const disasters = ['none', 'cloudRestored', 'diskWiped', 'diskRestored', 'smallDisk'] as const;
export type Disaster = (typeof disasters)[number];

export type FleetResult = {
  verdicts: Verdict[];
  committed: number;
  crashes: number;
  cuts: number;
  acks: number;
  ignored: number;
  epochs: number;
  evicted: number;
  queued: number[];
  conflicts: number;
  duplicates: number;
  early: number;
  /** What the cloud has of each site, and whether a fire there was committed to a disk that was not taken away. */
  sites: { name: string; stored: Batch[]; burned: boolean }[];
};

type Member = {
  site: SimSite;
  link: LossyLink;
  voided: Set<string>;
  counted: { ignored: number; epochs: number; evicted: number };
};
type World = {
  clock: ReturnType<typeof simClock>;
  cloud: ModelCloud;
  members: Member[];
  dice: Chance;
  crashes: number;
  cuts: number;
};

const siteNames = ['north', 'south'] as const;
const stormMs = 45_000;
/** Longer than the longest repeat (a minute); with a new epoch also than the certainty that it needs. */
const calmMs = 70_000;
const calmMsRestored = 110_000;
const stepMs = 500;

function weatherOf(dice: Chance, ordered: boolean): Weather {
  return { ordered, loss: 0.3 * dice.next(), duplicates: 0.3 * dice.next(), delayMsMax: dice.pick([20, 300, 4_000]) };
}

function note(member: Member): void {
  const uplink = member.site.agent()?.counters().uplink;
  if (uplink === undefined) return;
  member.counted.ignored += uplink.acksIgnored;
  member.counted.epochs += uplink.epochsBegun;
  member.counted.evicted += uplink.rowsEvicted;
}

function crash(world: World, member: Member): void {
  if (!member.site.alive()) return;
  note(member);
  world.crashes += 1;
  member.site.crash();
}

/** A storm: at each step each thing that can go wrong may go wrong. */
function befall(world: World, member: Member): void {
  const { dice } = world;
  const { site, link } = member;
  if (!site.alive()) {
    if (dice.next() < 0.2) site.start();
    return;
  }
  if (dice.next() < 0.015) crash(world, member);
  else if (dice.next() < 0.03) site.crashInCommit(dice.integer(1, 6), dice.pick(['before', 'after']));
  if (dice.next() < 0.03) {
    world.cuts += 1;
    link.cut();
  } else if (dice.next() < 0.1) link.mend();
  if (dice.next() < 0.05) link.weather = weatherOf(dice, link.weather.ordered ?? false);
}

function cloudUp(world: World, up: boolean): void {
  for (const { link } of world.members) {
    link.cloudUp = up;
    if (up) link.mend();
    else link.cut();
  }
}

/** The rows a disk still holds, by name. */
function rowsOf(db: DatabaseSync): string[] {
  return db
    .prepare('SELECT body FROM outbox')
    .all()
    .flatMap(({ body }) => itemsOf(decodeBatch(body as Uint8Array).batch).map(({ name }) => name));
}

function wipe(world: World, member: Member): void {
  crash(world, member);
  for (const name of rowsOf(member.site.disk())) member.voided.add(name);
  member.site.replaceDisk(new DatabaseSync(':memory:'));
}

/** Takes an image of a disk and says how to put it back, with everything committed since then lost for ever. */
function imageOf(world: World, member: Member, file: string): () => void {
  member.site.disk().exec(`VACUUM INTO '${file}'`);
  const before = member.site.committed.length;
  return () => {
    crash(world, member);
    for (const { name } of member.site.committed.slice(before)) member.voided.add(name);
    const db = new DatabaseSync(file);
    db.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY');
    member.site.replaceDisk(db);
  };
}

/** Lets a fleet live through a storm and a calm, and says what became of everything it promised. */
export function runFleet(seed: number, disaster: Disaster): FleetResult {
  const dice = chance(`fleet ${seed}`);
  const clock = simClock(Date.UTC(2026, 10, 23));
  const cloud = createModelCloud();
  const bytesMax = disaster === 'smallDisk' ? 1_000_000 : 1_000_000_000;
  const members = siteNames.map((name): Member => {
    const link = createLossyLink({ site: name, clock, chance: dice.fork(`link ${name}`), cloud });
    // An old image is told apart by the order of answers, which MQTT over TCP keeps.
    if (disaster === 'diskRestored') link.weather = { ...calm, ordered: true };
    const configured = siteOf(name, bytesMax);
    // The site file's least budget is a megabyte; the storm is too short to fill that.
    if (disaster === 'smallDisk') configured.journal.bytesMax = 8_000;
    const site = createSimSite({ site: configured, clock, chance: dice.fork(name), link });
    return { site, link, voided: new Set(), counted: { ignored: 0, epochs: 0, evicted: 0 } };
  });
  const world: World = { clock, cloud, members, dice, crashes: 0, cuts: 0 };
  const file = join(tmpdir(), `tocsin-fleet-${process.pid}-${seed}.db`);
  try {
    storm(world, disaster, file);
    return settle(world, disaster);
  } finally {
    for (const { site } of members) site.disk().close();
    rmSync(file, { force: true });
  }
}

function storm(world: World, disaster: Disaster, file: string): void {
  const { clock, cloud, members, dice } = world;
  for (const { site } of members) site.start();
  clock.advance(5_000);
  const steps = stormMs / stepMs;
  const at = dice.integer(steps / 2, steps - 1);
  const saveAt = dice.integer(5, steps / 2 - 1);
  let backup: unknown;
  let putBack = () => {};
  if (disaster === 'smallDisk') cloudUp(world, false);
  for (let step = 0; step < steps; step += 1) {
    if (step === saveAt && disaster === 'cloudRestored') backup = cloud.backUp();
    if (step === saveAt && disaster === 'diskRestored') putBack = imageOf(world, members[0]!, file);
    if (step === at && disaster === 'diskWiped') wipe(world, members[0]!);
    if (step === at) putBack();
    if (step === at && backup !== undefined) cloud.restore(backup);
    if (disaster !== 'smallDisk' && dice.next() < 0.01) {
      cloudUp(world, false);
      clock.after(dice.integer(500, 8_000), () => cloudUp(world, true));
    }
    for (const member of members) befall(world, member);
    clock.advance(stepMs);
  }
}

/** The storm ends: every site runs, the line is good, and there is time for every repeat and every new epoch. */
function settle(world: World, disaster: Disaster): FleetResult {
  const { clock, cloud, members } = world;
  clock.advance(8_000);
  cloudUp(world, true);
  for (const { site, link } of members) {
    link.weather = { ...calm, ordered: link.weather.ordered ?? false };
    if (!site.alive()) site.start();
  }
  clock.advance(disaster.endsWith('Restored') ? calmMsRestored : calmMs);
  for (const { site } of members) if (!site.alive()) throw new Error('A site did not survive the calm.');
  for (const member of members) note(member);
  // Power goes for good; what is then still queued was committed in the last moments.
  const verdicts = members.map(({ site, voided }, i) => {
    site.crash();
    for (const name of rowsOf(site.disk())) voided.add(name);
    return judge(site.committed, cloud.stored(siteNames[i]!), voided);
  });
  const sites = members.map(({ site, voided }, i) => {
    const name = siteNames[i]!;
    const isFire = (what: string) => what.includes('"rule":"fire"') && what.includes('"kind":"raise"');
    const burned = site.committed.some((item) => isFire(item.name) && !voided.has(item.name));
    return { name, stored: cloud.stored(name), burned };
  });
  const sum = (of: (member: Member) => number) => members.reduce((total, member) => total + of(member), 0);
  return {
    verdicts,
    committed: sum(({ site }) => site.committed.length),
    crashes: world.crashes,
    cuts: world.cuts,
    acks: sum(({ link }) => link.acks),
    ignored: sum(({ counted }) => counted.ignored),
    epochs: sum(({ counted }) => counted.epochs),
    evicted: sum(({ counted }) => counted.evicted),
    queued: members.map(({ site }) => site.queued()),
    conflicts: cloud.conflicts,
    duplicates: cloud.duplicates,
    early: cloud.early,
    sites,
  };
}
