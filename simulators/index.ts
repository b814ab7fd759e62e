export { type Chance, chance } from './chance/chance.ts';
export * from './crossing/pedestrians.ts';
export * from './crossing/signal.ts';
export * from './fire/fire.ts';
export * from './relay/relay.ts';
export * from './slope/readings.ts';
export * from './slope/slope.ts';
export { storyS } from './town/story.ts';
export { createTown, type TownOptions } from './town/town.ts';
