export { joinSign, type ServedSign, type SignInHand, serveSign } from './serve-sign.ts';
export { type Sign, type SignFault, signAtRest } from './sign.ts';
