import * as oauth from 'oauth4webapi';
import { MailError } from '../errors';
import type { HttpClient } from '../ports/http-client';
import {
  classifyTokenAnswer,
  notUnderstood,
  unreachable,
  type OAuthErrorAnswer,
  type TokenAnswerClassifier,
  type TokenCall,
} from './errors';

const TIMEOUT_MS = 20_000;
const MAX_ANSWER_CHARS = 256 * 1024;

/** Options that send one request of the OAuth library through our HTTP port. */
export function tokenEndpointOptions(http: HttpClient, url: string): oauth.TokenEndpointRequestOptions {
  return {
    [oauth.customFetch]: (address, options) => send(http, address, options),
    [oauth.allowInsecureRequests]: allowsPlainHttp(url),
  };
}

/** Plain http is for simulators and proxies on this machine only: anything else would carry the secret in the open. */
export function allowsPlainHttp(url: string): boolean {
  const parsed = parseUrl(url);
  if (parsed.protocol === 'https:') return false;
  if (parsed.protocol === 'http:' && isLoopback(parsed.hostname)) return true;
  throw new MailError('misconfigured', 'The address of the sign-in service must begin with https://.', {
    providerCode: 'insecure_url',
  });
}

function parseUrl(url: string): URL {
  try {
    return new URL(url);
  } catch (cause) {
    throw new MailError('misconfigured', 'The address of the sign-in service is not a valid URL.', { cause });
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

async function send(
  http: HttpClient,
  url: string,
  options: { body?: unknown; headers: Record<string, string>; method: string; signal?: AbortSignal },
): Promise<Response> {
  const body = options.body === undefined || options.body === null ? undefined : String(options.body);
  const headers: Record<string, string> = { ...options.headers };
  if (body !== undefined) headers['content-type'] ??= 'application/x-www-form-urlencoded;charset=UTF-8';
  let status: number;
  let type: string | null;
  let text: string;
  try {
    const response = await http(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    status = response.status;
    type = response.headers.get('content-type');
    text = await response.text();
  } catch (cause) {
    throw unreachable(cause);
  }
  if (text.length > MAX_ANSWER_CHARS) throw notUnderstood(new Error('The answer is too large.'));
  // Only status, type and body go on: with a WWW-Authenticate header the library would not look into the body.
  return new Response(text === '' ? null : text, { status, headers: type === null ? {} : { 'content-type': type } });
}

/** Turns whatever the OAuth library throws into the one error that crosses ports. */
export function toMailError(error: unknown, during: TokenCall, own?: TokenAnswerClassifier): MailError {
  if (error instanceof MailError) return error;
  if (error instanceof oauth.ResponseBodyError) return classifyTokenAnswer(answerOf(error), during, own);
  if (error instanceof oauth.OperationProcessingError) {
    const response = error.cause instanceof Response ? error.cause : null;
    if (response && response.status !== 200) {
      const nothing = { status: response.status, error: null, description: null, subtype: null };
      return classifyTokenAnswer(nothing, during, own);
    }
    if (error.cause instanceof MailError) return error.cause;
    return notUnderstood(new Error(error.message));
  }
  return notUnderstood(error instanceof Error ? new Error(error.message) : undefined);
}

function answerOf(error: oauth.ResponseBodyError): OAuthErrorAnswer {
  const { cause } = error;
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  const codes: unknown = cause['error_codes'];
  return {
    status: error.status,
    error: error.error,
    description: error.error_description ?? null,
    subtype: text(cause['error_subtype']),
    codes: Array.isArray(codes) ? codes.map(Number).filter((code) => Number.isSafeInteger(code)) : [],
    suberror: text(cause['suberror']),
    claims: text(cause['claims']),
  };
}
