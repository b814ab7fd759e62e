/** The door of the ground plane: calibration, places, speeds, and how tall people appear. */
export { type Calibrated, type Calibration, type CalibrationPoint, calibrate, type Residual } from './calibrate.ts';
export { type Camera, heightInPx, networkScale, personPxMin, type Smallest, smallestPerson } from './camera.ts';
export { CalibrationFile, calibrationBytesMax, readCalibration } from './file.ts';
export { type Ground, isMirrored, metresPerPx, type Point, scaleGround, toGround, toPicture } from './homography.ts';
export { nobodyPlaced, type PlacedState, type PlacingConfig, stepPlaced, usualPlacing } from './placed.ts';
