import { grantForAll } from './identity/admin-consent';
import type { KeptMicrosoftGrant } from './identity/grants';
import type { SimulatorState } from './simulator-state';

/** What survives a restart of the simulated Microsoft: who consented, for themselves and for everybody. */
export interface KeptMicrosoft {
  grants: KeptMicrosoftGrant[];
  /** Tenant id → client id → scopes. */
  adminConsents: Record<string, Record<string, string[]>>;
}

/** No run makes as many changes to a mailbox as lie between the sequences of two runs. */
const SEQUENCES_PER_RUN = 10_000_000;

export function keepMicrosoft(state: SimulatorState): KeptMicrosoft {
  const { grants, tenants } = state.identity;
  const adminConsents = [...tenants.values()].map((tenant) => [
    tenant.id,
    Object.fromEntries([...tenant.adminConsents].map(([clientId, scopes]) => [clientId, [...scopes]])),
  ]);
  return { grants: grants.keep(), adminConsents: Object.fromEntries(adminConsents) as KeptMicrosoft['adminConsents'] };
}

/** `starts`: how often the simulator was started on its state file, this time included. */
export function restoreMicrosoft(state: SimulatorState, kept: KeptMicrosoft | undefined, starts: number): void {
  for (const { mailbox } of state.accounts.values()) {
    if (starts > 1) mailbox?.continueFrom((starts - 1) * SEQUENCES_PER_RUN);
  }
  state.identity.grants.restore(kept?.grants ?? []);
  for (const [tenantId, consents] of Object.entries(kept?.adminConsents ?? {})) {
    const tenant = state.identity.tenants.get(tenantId);
    if (!tenant) continue;
    for (const [clientId, scopes] of Object.entries(consents)) grantForAll(tenant, clientId, scopes);
  }
}
