import { ActionIcon, Group } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useRef } from 'react';
import type { Act, Draft } from './draft.ts';
import type { View } from './geometry.ts';
import { Overlay } from './overlay.tsx';
import { pictureUrl } from './server.ts';
import { useKeys, usePointer } from './use-hand.ts';
import type { ViewControl } from './use-view.ts';
import type { Pair, Picture, ZoneVerdict } from './words.ts';

/** What a click or a key acts on. */
export type Choice = { kind: 'none' } | { kind: 'point'; key: number } | { kind: 'zone'; key: number };

export type StageProps = {
  picture: Picture;
  draft: Draft;
  act(given: Act): void;
  /** Whether a click sets a point of the calibration or a corner of the chosen zone. */
  sets: 'points' | 'corners';
  choice: Choice;
  onChoose(choice: Choice): void;
  /** A point was set in the picture; its metres are what comes next. */
  onSetPoint(key: number): void;
  view: View | undefined;
  verdicts: readonly ZoneVerdict[];
  hasGrid: boolean;
  cursor: Pair;
  onCursor(px: Pair): void;
  control: ViewControl;
};

/** The picture: zoomed with wheel or keys, moved by dragging, clicked for points and corners. Arrows and Enter do the same. */
export function Stage(props: StageProps) {
  const { picture, sets, cursor, control } = props;
  const { part, zoomBy, showAll } = control;
  const { ref, width, height } = useElementSize<HTMLDivElement>();
  const svg = useRef<SVGSVGElement>(null);
  const unit = Math.max(part.width / Math.max(width, 1), part.height / Math.max(height, 1));
  const hand = { ...props, svg, unit };
  const pointer = usePointer(hand);
  const keys = useKeys(hand);
  const arm = 14 * unit;
  return (
    <div className="stage" ref={ref}>
      <div
        className="stage-keys"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows and Enter work here, as the label says.
        tabIndex={0}
        aria-label="Picture of the camera. Arrows move the cross, with Shift further; Enter sets a point; plus and minus zoom."
        {...keys}
      >
        <svg
          ref={svg}
          className={`picture sets-${sets}`}
          viewBox={`${part.x} ${part.y} ${part.width} ${part.height}`}
          {...pointer}
          aria-hidden="true"
        >
          <image href={pictureUrl(picture.number)} width={picture.width} height={picture.height} />
          <Overlay {...props} unit={unit} />
          <path
            className="cross"
            d={`M${cursor[0] - arm} ${cursor[1]}h${2 * arm}M${cursor[0]} ${cursor[1] - arm}v${2 * arm}`}
          />
        </svg>
      </div>
      <Group className="zoom" gap={6}>
        <ActionIcon variant="default" size="lg" aria-label="Zoom in" onClick={() => zoomBy(1.5, cursor)}>
          +
        </ActionIcon>
        <ActionIcon variant="default" size="lg" aria-label="Zoom out" onClick={() => zoomBy(1 / 1.5, cursor)}>
          −
        </ActionIcon>
        <ActionIcon variant="default" size="lg" aria-label="Show the whole picture" onClick={showAll}>
          ⤢
        </ActionIcon>
      </Group>
    </div>
  );
}
