/** The door of the cameras: what runs them, and the sources that tools open on their own. */
export { type Cameras, type CamerasDeps, createCameras } from './cameras.ts';
export { sourceOf, sources } from './sources/index.ts';
export { stepSupervision, unwatched, usualSupervision } from './supervision/supervision.ts';
export type * from './types.ts';
