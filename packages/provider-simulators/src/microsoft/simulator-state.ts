import type { Accidents } from './accidents';
import type { MicrosoftCounters } from './counters';
import type { IdentityState } from './identity/identity-state';
import type { MicrosoftState } from './state';

/** Everything a simulated Microsoft knows: the mail half and the sign-in half share clock, accounts and accidents. */
export interface SimulatorState extends MicrosoftState {
  identity: IdentityState;
  accidents: Accidents;
  counters: MicrosoftCounters;
}
