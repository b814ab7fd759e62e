import { cameraOf } from '../../vision/ground/camera.ts';
import {
  type Calibrated,
  networkScale,
  type PlacingConfig,
  scaleGround,
  toPicture,
  usualPlacing,
} from '../../vision/ground/ground.ts';
import { usualZones, type WatchedZone, watchZones, type ZonesConfig } from '../../vision/zones/zones.ts';
import type { CameraConfig } from './config.ts';

type Size = { width: number; height: number };

/** What is known of the ground before a picture has come: the calibration, and how large the detector's input is. */
export type GroundPlan = { calibration: Calibrated; input: Size };

/** A camera's ground for pictures of one size. */
export type Place = {
  picture: Size;
  placing: PlacingConfig;
  zones: ZonesConfig;
  /** Corners of each zone in the picture, for those that lie before the camera as a whole. */
  outlines: { name: string; outline: [x: number, y: number][] }[];
};

/** The ground for pictures of this size, or undefined for those of another shape than was calibrated. */
export function placeOf(camera: CameraConfig, { calibration, input }: GroundPlan, picture: Size): Place | undefined {
  const ground = scaleGround(calibration.ground, picture);
  if (ground === undefined) return undefined;
  const own = calibration.camera && cameraOf(ground);
  const watched = watchZones(
    camera.zones.map(({ id, outline }) => ({ name: id, polygon: outline })),
    { ground, ...(own === undefined ? {} : { camera: own }), scale: networkScale(picture, input) },
  );
  // Their outlines were checked with the site file.
  const zones: readonly WatchedZone[] = 'refusal' in watched ? [] : watched.zones;
  const outlines = zones.flatMap(({ name, polygon }) => {
    const corners = polygon.map((corner) => toPicture(ground, corner));
    const isWhole = corners.every((corner) => corner !== undefined);
    return isWhole ? [{ name, outline: corners.map((corner): [number, number] => [corner![0], corner![1]]) }] : [];
  });
  const { footOffset } = camera;
  return {
    picture,
    placing: { ...usualPlacing, ground, footOffset: { person: -footOffset, bicycle: -footOffset, vehicle: 0 } },
    zones: { ...usualZones, zones },
    outlines,
  };
}
