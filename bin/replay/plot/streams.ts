import type { Site } from '@tocsin/edge-agent/site';
import { sayValue } from '@tocsin/rules/engine';

/** What a stream is to the plot: a row of states, or a curve in the panel of its group. */
export type Role = {
  group: string;
  draw: 'line' | 'step' | 'bars' | 'window' | 'states';
  /** Smaller is drawn first and kept longer when there is no room. */
  rank: number;
  /** Names of the states from 0 on, for `states`. */
  states?: readonly string[];
  colours?: readonly string[];
  /** Not worth room while it never left 0. */
  quietWhenZero?: boolean;
};

const calm = '#dfe6ec';
const [yellow, orange, red] = ['#f2c200', '#ef8a17', '#cc1f2f'];
export const severityColours = [calm, '#b9bec4', yellow, '#f5a800', orange, red];
export const severityNames = ['', 'Unknown', 'Minor', 'Moderate', 'Severe', 'Extreme'];
export const troubleColour = '#8d7aa8';

const slopeLevels = { states: ['blue', 'yellow', 'orange', 'red'], colours: ['#9cc4e4', yellow, orange, red] };
const fireLevels = { states: ['normal', 'pre-alarm', 'alarm', 'confirmed'], colours: [calm, yellow, orange, red] };
const detectorLevels = { states: ['normal', 'pre-alarm', 'alarm'], colours: [calm, yellow, red] };
const yesNo = (name: string, colour: string) => ({ states: ['', name], colours: [calm, colour] });
const serviceWords = ['good', 'warming up', 'maintenance due', 'fault'];
const service = { states: serviceWords, colours: [calm, '#c9d7b8', '#c2b3d6', troubleColour] };
const states = (rank: number, more: Partial<Role>): Role => ({ group: 'states', draw: 'states', rank, ...more });
const line = (group: string, rank: number, more: Partial<Role> = {}): Role => ({ group, draw: 'line', rank, ...more });

/** What the packs' models say, by model type and channel; null is not drawn. */
const modelRoles: Record<string, Record<string, Role | null>> = {
  slope: {
    velocity: line('Velocity', 20),
    steady: line('Velocity', 22),
    angle: line('Tangent angle', 30),
    failure: line('Time to failure', 25, { draw: 'window' }),
    failureFrom: line('Time to failure', 26, { draw: 'window' }),
    failureTo: line('Time to failure', 27, { draw: 'window' }),
    saito: line('Time to failure', 28),
    acceleration: null,
    noise: null,
    alone: null,
    confidence: line('Confidence', 80, { draw: 'step' }),
    trend: null,
    indication: states(6, slopeLevels),
  },
  'slope-level': { level: states(1, slopeLevels), confidence: line('Confidence', 79, { draw: 'step' }) },
  rain: {
    intensity: line('Rain intensity', 40),
    sum1d: line('Rain sums', 46),
    sum3d: line('Rain sums', 45),
    sum15d: line('Rain sums', 47),
    sum30d: line('Rain sums', 48),
    antecedent: line('Rain sums', 49),
    attention: states(3, yesNo('rain threshold exceeded', '#4a90c2')),
  },
  fire: {
    rise: line('Rate of rise', 24),
    smoke: line('Smoke, net of drift', 22),
    co: line('CO above its base', 26),
    dose: line('CO dose', 60, { quietWhenZero: true }),
    drift: null,
    confidence: null,
    service: states(9, { ...service, quietWhenZero: true }),
    heat: states(5, { ...yesNo('heat class', red), quietWhenZero: true }),
    level: states(4, detectorLevels),
  },
  'fire-zone': {
    level: states(1, fireLevels),
    service: states(8, { ...service, quietWhenZero: true }),
    isolated: line('Isolated detectors', 75, { draw: 'step', quietWhenZero: true }),
  },
  crossing: {
    waiting: line('People', 20, { draw: 'step' }),
    onCrossing: line('People', 19, { draw: 'step' }),
    leaving: line('People', 21, { draw: 'step' }),
    slowest: line('Slowest walker', 30),
    extension: line('Extension needed', 22, { draw: 'step' }),
    call: states(4, yesNo('call', '#4a90c2')),
    stopped: states(5, { ...yesNo('somebody stopped', red), quietWhenZero: true }),
    fault: states(6, { ...yesNo('fault', troubleColour), quietWhenZero: true }),
  },
};

/** Names of measured quantities in a panel's title. */
const groupNames = new Map(
  Object.entries({
    mm: 'Displacement',
    deg: 'Tilt',
    Cel: 'Temperature',
    '%/m': 'Smoke',
    '1/m': 'Smoke',
    '[ppm]': 'Gas',
    '{people}': 'People',
  }),
);

/** The same by the channel's name, where its unit says too little. */
const channelNames = new Map(Object.entries({ co: 'CO', co2: 'CO2', humidity: 'Humidity', smoke: 'Smoke' }));

const vehicles = { states: ['red', 'green', 'yellow', 'red clearance'], colours: [calm, '#5fae6e', yellow, '#d8a0a6'] };
const phases = { states: ['don’t walk', 'walk', 'clearance'], colours: [calm, '#5fae6e', yellow] };

/** Says of every stream of a site how it is drawn, or null for not at all. */
export function rolesOf(site: Site): (stream: string, unit: string) => Role | null {
  const types = new Map(site.models.map(({ id, type }) => [id, type]));
  const inputsOf = (type: string, field: string) =>
    new Set(site.models.filter((model) => model.type === type).map((model) => String(model[field])));
  const rain = inputsOf('rain', 'input');
  const [phase, vehicle] = [inputsOf('crossing', 'phase'), inputsOf('crossing', 'vehicle')];
  return (stream, unit) => {
    const slash = stream.indexOf('/');
    const roles = modelRoles[types.get(stream.slice(0, slash)) ?? ''] ?? {};
    const channel = stream.slice(slash + 1);
    const known = Object.hasOwn(roles, channel) ? roles[channel] : undefined;
    if (known !== undefined) return known;
    if (rain.has(stream)) return line('Rain per reading', 15, { draw: 'bars' });
    if (phase.has(stream)) return states(2, phases);
    if (vehicle.has(stream)) return states(3, vehicles);
    if (unit === '{state}')
      return states(10, { colours: [calm, '#7a9cc6', '#5f7fb0', '#46639a'], quietWhenZero: true });
    const rank = types.has(stream.slice(0, slash)) ? 70 : 10;
    const fallback = sayValue(1, unit).slice(1).trim() || 'Value';
    const name = channelNames.get(channel) ?? groupNames.get(unit) ?? fallback;
    return line(name, rank, unit === '{people}' ? { draw: 'step' } : {});
  };
}
