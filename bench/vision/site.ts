import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sitesFolder } from './sight-config.ts';

export type BenchSite = { fieldPort: number; cameras: number; model: string };

/** How the bench's controller times its signal: somebody steps onto the road when a second and a half of clearance is left. */
export const clearanceMs = 3_600;

const camera = (id: string, model: string) => `
  - id: ${id}
    source: { kind: mqtt, topic: field/${id}/jpeg }
    model: ${model}
    calibration: station-street-cam-1.calibration.json
    zones:
      - { id: near-kerb, outline: [[-2, -2], [0, -2], [0, 6], [-2, 6]] }
      - { id: road, outline: [[0, -2], [10, -2], [10, 6], [0, 6]] }
      - { id: far-kerb, outline: [[10, -2], [12, -2], [12, 6], [10, 6]] }`;

/**
 * The crossing of the demonstration with its relay and every guard on. Its limits are wide, because the bench has somebody slow in
 * every cycle, which a real site would take for a detector that is stuck.
 */
function siteText({ fieldPort, cameras, model }: BenchSite): string {
  const ids = Array.from({ length: cameras }, (_, n) => `cam-${n + 1}`);
  return `
site: vision-bench
name: Vision bench
mode: live
broker:
  listen: { host: 127.0.0.1, port: ${fieldPort} }
  users:
    - { username: street, password: { env: BENCH_FIELD }, publish: [${ids.map((id) => `field/${id}/jpeg`).join(', ')}] }
    - { username: signal, password: { env: BENCH_FIELD }, publish: [field/signal/state, field/hold/state], subscribe: [field/hold/set] }
devices:
  - id: signal
    format: json-path
    topic: field/signal/state
    intervalMs: 500
    channels:
      - { id: phase, path: $.phase, unit: '{state}', min: 0, max: 2 }
      - { id: left, path: $.leftS, unit: s, min: 0, max: 60 }
cameras:${ids.map((id) => camera(id, model)).join('')}
packs:
  - pack: crossing
    id: crossing
    tracks: cam-1
    phase: signal/phase
    left: signal/left
    from: [0, 2]
    to: [10, 2]
    widthM: 8
    clearanceMs: ${clearanceMs}
    maxExtensionS: 60
    extendedCyclesMax: 100
    minVehicleGreenS: 0.1
    stuckCycles: 1000
actuators:
  - id: hold
    driver: mqtt-relay
    commandTopic: field/hold/set
    stateTopic: field/hold/state
    rest: off
    onSilence: off after 6 s (its own timer)
    readBackWithinMs: 1000
    leaseMs: 4000
    holdMaxMs: 25000
    actions:
      on: { send: 'ON', state: 'ON' }
      off: { send: 'OFF', state: 'OFF' }
    interlocks:
      - { refuse: on, when: { stream: signal/phase, outside: [0.5, 2.5] }, why: Nobody has walk or clearance. }
responses:
  - { id: hold-clearance, when: { rule: crossing-time, atLeast: Minor }, actuator: hold, action: on }
`;
}

/** Writes the site file and the calibration it names; answers the path. */
export function writeSite(folder: string, site: BenchSite): string {
  for (const name of readdirSync(sitesFolder).filter((each) => each.startsWith('station-street-cam-1')))
    copyFileSync(join(sitesFolder, name), join(folder, name));
  const file = join(folder, 'site.yaml');
  writeFileSync(file, siteText(site), { mode: 0o600 });
  return file;
}
