export { type Chance, chance } from './chance/chance.ts';
export * from './crossing/pedestrians.ts';
export * from './crossing/signal.ts';
export * from './crossing/walks.ts';
export * from './fire/fire.ts';
export * from './fire/nuisance.ts';
export * from './fire/quiet.ts';
export { type FeedbackFault, type PanelFrame, type ServedPanel, type ServerFault, servePanel } from './panel/index.ts';
export * from './relay/relay.ts';
export {
  createRelayDevice,
  type Firmware as RelayFirmware,
  type OutputFault,
  type RelayDevice,
  shellyGen1Firmware,
  shellyGen2Firmware,
  tasmotaFirmware,
  zigbee2mqttFirmware,
} from './relays/index.ts';
export { joinSign, type ServedSign, type SignFault, type SignInHand, serveSign } from './sign/index.ts';
export { type ServedSiren, type SirenFault, serveSiren } from './siren/index.ts';
export * from './slope/readings.ts';
export * from './slope/slope.ts';
export { crossingClip, signalOf } from './town/crossing-site.ts';
export { storyS } from './town/story.ts';
export { createTown, type TownOptions } from './town/town.ts';
