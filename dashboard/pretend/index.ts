/** A desk, a ledger, series and a town in memory, for tests of whatever talks to the console's server. */
export { pretendAlert } from './alerts.ts';
export { createPretendClock, type PretendClock } from './clock.ts';
export {
  createPretendLedger,
  goodPassword,
  type PretendDashboard,
  pretendBrowser,
  pretendSeries,
  startPretendDashboard,
} from './dashboard.ts';
export { createPretendDesk, type PretendDesk } from './desk.ts';
export { townPictures } from './pictures.ts';
export { tellStory } from './story.ts';
export { townActuator, townSeries, townSite, townStory } from './town.ts';
