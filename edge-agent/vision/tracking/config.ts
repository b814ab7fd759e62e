/** How things are followed; every number has a default in `usualTracking`. Lengths in heights are of the box itself. */
export type TrackingConfig = {
  /** Only a detection this sure begins a track. */
  startScore: number;
  /** A track goes on with detections down to this. */
  keepScore: number;
  /** Least overlap (intersection over union) of a detection with where a track is expected. */
  iouMin: number;
  /** Pictures and time until a track counts. */
  confirmHits: number;
  confirmMs: number;
  /** A track that does not count yet is forgotten after this long unseen. */
  doubtMs: number;
  /** A track is believed to go on unseen for this long. */
  coastMs: number;
  /** After its end it can still be taken over by one that begins nearby, for this long. */
  handOverMs: number;
  /** How near: heights always allowed, standard deviations of where it is expected on top, and heights at most. */
  reachHeights: number;
  reachSigmas: number;
  reachHeightsMax: number;
  /** A thing that stood at one place from the first, for this long, at less than this mean score, is held back. */
  statueAfterMs: number;
  statueScore: number;
  /** Somebody who ever went this far from the first place (in heights) is no statue. */
  statueHeights: number;
  /** Tracks at once; what begins beyond is dropped and counted. */
  tracksMax: number;
};

/**
 * What holds where a site says nothing. Scores, overlap, hits, coasting and hand-over: vision.md §5 (prototype on real
 * pictures, ByteTrack, SORT). `confirmMs` keeps three hits at 30 pictures a second from being a tenth of a second.
 * Reach: measured on scripted walks (README.md). Statues: false alarms stand still at 0.3 to 0.45
 * (vision.md §3), so that somebody standing still whom the model is sure of (0.5) is never taken for one.
 */
export const usualTracking: TrackingConfig = {
  startScore: 0.5,
  keepScore: 0.15,
  iouMin: 0.25,
  confirmHits: 3,
  confirmMs: 150,
  doubtMs: 500,
  coastMs: 1500,
  handOverMs: 1500,
  reachHeights: 0.1,
  reachSigmas: 2,
  reachHeightsMax: 1,
  statueAfterMs: 10_000,
  statueScore: 0.45,
  statueHeights: 0.5,
  tracksMax: 256,
};
