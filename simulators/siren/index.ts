export { type ServedSiren, serveSiren } from './serve-siren.ts';
export { type Siren, type SirenFault, sirenAtRest } from './siren.ts';
