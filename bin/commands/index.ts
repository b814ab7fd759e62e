import type { CliCommand } from '../command.ts';

/** A subcommand by name; its code is loaded when it is wanted, so that a gateway does not carry the cloud in its memory. */
export type Listed = { name: string; summary: string; load(): Promise<CliCommand> };

/** Every subcommand, in the order in which help lists them. */
export const commands: readonly Listed[] = [
  {
    name: 'demo',
    summary: 'Runs a town of three sites on this machine: a slope moves, a building burns, somebody crosses slowly.',
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'up',
    summary: 'Runs the cloud: broker, ingest, rules service and console.',
    load: async () => (await import('./up.ts')).up,
  },
  {
    name: 'edge',
    summary: 'Runs a site’s gateway: senses, decides, acts, and remembers until the cloud has stored.',
    load: async () => (await import('./edge.ts')).edge,
  },
  {
    name: 'check',
    summary: 'Checks a site file and says everything that is wrong with it, with line and remedy.',
    load: async () => (await import('./check.ts')).check,
  },
  {
    name: 'matrix',
    summary: 'Prints what a site does about what as a cause-and-effect matrix, and proves every cell.',
    load: async () => (await import('./matrix.ts')).matrix,
  },
  {
    name: 'camera',
    summary:
      'Places a camera on the ground in metres by clicks in its picture; takes one picture; says how a camera is.',
    load: async () => (await import('./camera.ts')).camera,
  },
  {
    name: 'actuator',
    summary: 'Walks a person through the proof test of an actuator, in exercise first, and records it.',
    load: async () => (await import('./actuator.ts')).actuator,
  },
  {
    name: 'replay',
    summary:
      'Runs a recording through the edge’s decision pipeline, and prints one JSON line per alert, command and trouble.',
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    name: 'simulate',
    summary:
      'Serves one simulated device (breaker panel, signal controller, relay, siren, sign) and spoils it on demand.',
    load: async () => (await import('./simulate.ts')).simulate,
  },
  {
    name: 'decode',
    summary: 'Shows a batch (CBOR, as sent on tocsin/v1/<site>/up/<lane>) as JSON.',
    load: async () => (await import('./decode.ts')).decode,
  },
  {
    name: 'ledger',
    summary: 'Proves that the record of alerts, commands, refusals and operator acts is whole.',
    load: async () => (await import('./ledger.ts')).ledger,
  },
  {
    name: 'enroll',
    summary: 'Gives a site’s gateway its credential for the cloud and prints what belongs in the site file.',
    load: async () => (await import('./enroll.ts')).enroll,
  },
  {
    name: 'key',
    summary: 'Makes, lists, changes and retires the keys that sign the cloud’s commands.',
    load: async () => (await import('./key.ts')).key,
  },
  {
    name: 'user',
    summary: 'Adds, lists, changes or removes people who may log in to the console.',
    load: async () => (await import('./user.ts')).user,
  },
  {
    name: 'model',
    summary: 'Checks a vision model and its manifest, and explains a mismatch in a sentence.',
    load: async () => (await import('./model.ts')).model,
  },
  {
    name: 'vision',
    summary: 'Measures a detector on your own frames, or its speed on this machine.',
    load: async () => (await import('./vision.ts')).vision,
  },
  {
    name: 'schema',
    summary: 'Prints the JSON Schema of site files, for editors and checks.',
    load: async () => (await import('./schema.ts')).schema,
  },
];
