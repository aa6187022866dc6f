import { listenOnLoopback } from '../http/node-server';
import type { RunningServer } from '../http/node-server';
import { createGoogleSimulator } from './simulator';
import type { GoogleSimulator, GoogleSimulatorOptions } from './simulator';

export interface RunningGoogleSimulator extends RunningServer, GoogleSimulator {
  /** The `EMAIL_MANAGER_GOOGLE_*` variables that point the product to this simulator. */
  environment: Record<string, string>;
}

/** Starts the simulated Google on a loopback port (0 = any free one). */
export async function startGoogleSimulator(
  options: GoogleSimulatorOptions & { port?: number } = {},
): Promise<RunningGoogleSimulator> {
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const simulator = createGoogleSimulator({ sleep, ...options });
  const server = await listenOnLoopback((request) => simulator.handle(request), options.port ?? 0);
  return { ...simulator, ...server, environment: googleEnvironment(server.url) };
}

export function googleEnvironment(url: string): Record<string, string> {
  return {
    EMAIL_MANAGER_GOOGLE_AUTH_URL: `${url}/o/oauth2/v2/auth`,
    EMAIL_MANAGER_GOOGLE_TOKEN_URL: `${url}/token`,
    EMAIL_MANAGER_GOOGLE_REVOKE_URL: `${url}/revoke`,
    EMAIL_MANAGER_GOOGLE_API_URL: url,
  };
}
