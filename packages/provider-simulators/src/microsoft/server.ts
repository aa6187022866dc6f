import { listenOnLoopback } from '../http/node-server';
import type { RunningServer, ServerCertificate } from '../http/node-server';
import { createMicrosoftSimulator } from './simulator';
import type { MicrosoftSimulator, MicrosoftSimulatorOptions } from './simulator';

export interface RunningMicrosoftSimulator extends RunningServer, MicrosoftSimulator {
  /** The `EMAIL_MANAGER_MICROSOFT_*` variables that point the product to this simulator. */
  environment: Record<string, string>;
  /** With `tls`: the certificate in PEM, for clients to trust. */
  certificate?: string;
}

export interface MicrosoftServerOptions extends MicrosoftSimulatorOptions {
  port?: number;
  /** Serves over TLS with a certificate made at the start: Microsoft's own clients refuse plain http. */
  tls?: boolean;
}

/** Starts the simulated Microsoft on a loopback port (0 = any free one). */
export async function startMicrosoftSimulator(
  options: MicrosoftServerOptions = {},
): Promise<RunningMicrosoftSimulator> {
  const { port = 0, tls = false, ...rest } = options;
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const simulator = createMicrosoftSimulator({ sleep, ...rest });
  const certificate = tls ? await newCertificate() : undefined;
  const server = await listenOnLoopback((request) => simulator.handle(request), port, certificate);
  simulator.state.graphOrigin = server.url;
  simulator.state.identity.loginOrigin = server.url;
  return {
    ...simulator,
    ...server,
    environment: microsoftEnvironment(server.url),
    ...(certificate ? { certificate: certificate.cert } : {}),
  };
}

export function microsoftEnvironment(url: string): Record<string, string> {
  return {
    EMAIL_MANAGER_MICROSOFT_LOGIN_URL: url,
    EMAIL_MANAGER_MICROSOFT_GRAPH_URL: `${url}/v1.0`,
  };
}

async function newCertificate(): Promise<ServerCertificate> {
  // Installed for development only, and only needed here.
  const { generate } = await import('selfsigned');
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key, cert };
}
