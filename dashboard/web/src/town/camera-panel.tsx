import type { CameraState, CameraView } from '@tocsin/contracts';
import { useRef } from 'react';
import { sceneUrl } from '../api.ts';
import { cameraWords, clockTime, coverageWord, duration } from '../words.ts';
import { useCameras } from './use-cameras.ts';

/** The cameras of a site: what they see now as boxes over a still of the empty street, never the street itself. */
export function CameraPanel({ site }: { site: string }) {
  const place = useRef<HTMLDivElement>(null);
  const told = useCameras(site, place);
  return (
    <div ref={place} className="cameras">
      {told?.cameras.map((state) => (
        <Camera key={state.camera} site={site} state={state} nowMs={told.nowMs} />
      ))}
    </div>
  );
}

function Camera({ site, state, nowMs }: { site: string; state: CameraState; nowMs: number }) {
  const { camera, view, heardAtMs } = state;
  return (
    <figure className="camera">
      <figcaption className="camera-head">
        <span>Camera {camera}</span>
        {view ? (
          <span className={view.coverage > 0 ? 'camera-live' : 'camera-silent'}>
            {view.coverage > 0 ? '● live' : '✗ blind'} <small>{view.fps.toFixed(1)} pictures/s</small>
          </span>
        ) : (
          <span className="camera-silent">
            ✗ not live since {clockTime(heardAtMs, nowMs)} ({duration(nowMs - heardAtMs)})
          </span>
        )}
      </figcaption>
      <Scene site={site} state={state} />
      {view && <CameraFacts view={view} />}
    </figure>
  );
}

function Scene({ site, state: { camera, view, scene } }: { site: string; state: CameraState }) {
  const address = scene && sceneUrl(site, camera, scene);
  if (!view) {
    if (!address) return null;
    return <img className="camera-scene is-old" src={address} alt={`The empty street as camera ${camera} sees it`} />;
  }
  const { width, height } = view.picture;
  // Lines and letters keep their size on the page whatever the camera's resolution is.
  const unit = width / 400;
  return (
    <svg
      className="camera-scene"
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`Camera ${camera}, live: ${cameraWords(view)}`}
    >
      <rect className="camera-ground" width={width} height={height} />
      {address && <image href={address} width={width} height={height} preserveAspectRatio="none" />}
      {view.zones.map(({ zone, outline }) => (
        <polygon key={zone} className="camera-zone" points={outline.join(' ')} strokeWidth={1.5 * unit} />
      ))}
      {view.boxes.map((box) => (
        <Box key={`${box.kind} ${box.id}`} box={box} unit={unit} />
      ))}
    </svg>
  );
}

function Box({ box, unit }: { box: CameraView['boxes'][number]; unit: number }) {
  const { kind, x, y, width, height, speedMps } = box;
  const place = { x, y, width, height };
  return (
    <g className={`camera-box camera-box-${kind}`}>
      <rect {...place} className="camera-halo" strokeWidth={4 * unit} />
      <rect {...place} strokeWidth={1.8 * unit} />
      <text x={Math.max(2 * unit, x)} y={Math.max(11 * unit, y - 4 * unit)} fontSize={11 * unit} strokeWidth={3 * unit}>
        {speedMps === undefined ? kind : `${kind === 'person' ? '' : `${kind} `}${speedMps.toFixed(1)} m/s`}
      </text>
    </g>
  );
}

function CameraFacts({ view }: { view: CameraView }) {
  return (
    <>
      <p className={view.coverage < 50 ? 'warn-line' : 'card-line'}>{coverageWord(view.coverage)}</p>
      {view.troubles.map((trouble) => (
        <p key={trouble} className="warn-line">
          ⚠ {trouble}
        </p>
      ))}
      {view.zones.length > 0 && (
        <ul className="camera-zones">
          {view.zones.map(({ zone, people, coverage }) => (
            <li key={zone}>
              <span>{zone}</span>
              <strong>
                {people === undefined || coverage === 0 ? 'unknown' : people === 1 ? '1 person' : `${people} people`}
              </strong>
              <span>{coverage < 100 && `${Math.round(coverage)} % seen`}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
