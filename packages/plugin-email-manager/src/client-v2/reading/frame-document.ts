/**
 * The document that shows one message, as text for `srcdoc`.
 *
 * The frame has `allow-same-origin` and no `allow-scripts`: nothing inside can run, whatever it says, so the same
 * origin gives the mail nothing; it only lets the page around it measure the height and put inline images in. With
 * scripts forbidden and the origin kept apart, the height could be measured only by a script inside the frame, which
 * is the one thing that must not exist. Three walls stand behind each other: the server's sanitiser, DOMPurify here,
 * and this policy, which lets nothing be loaded but styles written in the mail and, when asked, images.
 */
export interface FrameOptions {
  /** Sanitised HTML of the body. */
  body: string;
  /** Load images from the internet. */
  allowRemote: boolean;
  /** The mail brings its own colours: it is shown on white paper, also in a dark theme. */
  paper: boolean;
  colours: { text: string; secondary: string; link: string; border: string; fill: string };
  fontFamily: string;
  fontSize: number;
  language: string;
}

export const FRAME_SANDBOX = 'allow-same-origin allow-popups allow-popups-to-escape-sandbox';

export function contentPolicy(allowRemote: boolean): string {
  const images = allowRemote ? 'data: https: http:' : 'data:';
  return (
    `default-src 'none'; img-src ${images}; style-src 'unsafe-inline'; font-src data:; ` +
    `form-action 'none'; base-uri 'none'; frame-src 'none'; object-src 'none'; script-src 'none'`
  );
}

/** Values that go into the style sheet come from the theme; nothing in them may end the rule or the element. */
function cssValue(value: string): string {
  return value.replace(/[^\w\s#%.,()'"-]/g, '');
}

export function frameDocument(options: FrameOptions): string {
  const { colours, paper } = options;
  const text = paper ? '#1f1f1f' : cssValue(colours.text);
  const secondary = paper ? '#6b6b6b' : cssValue(colours.secondary);
  const border = paper ? '#d9d9d9' : cssValue(colours.border);
  const fill = paper ? '#f0f0f0' : cssValue(colours.fill);
  const link = paper ? '#1677ff' : cssValue(colours.link);
  const style = `
html{background:${paper ? '#fff' : 'transparent'};color-scheme:${paper ? 'light' : 'normal'}}
body{margin:0;padding:${paper ? '12px' : '0'};color:${text};font-family:${cssValue(options.fontFamily)};
font-size:${options.fontSize}px;line-height:1.55;overflow-wrap:anywhere;overflow-x:auto;overflow-y:hidden}
a{color:${link}}img{max-width:100%;height:auto}table{max-width:100%}pre,.plain{white-space:pre-wrap;font-family:inherit}
p{margin:0 0 .7em}blockquote{margin:.5em 0;padding-inline-start:12px;border-inline-start:3px solid ${border};color:${secondary}}
details.quoted>summary{display:inline-block;list-style:none;cursor:pointer;padding:0 8px;margin:6px 0;border-radius:6px;
background:${fill};color:${secondary};line-height:14px;height:16px;font-weight:700;letter-spacing:1px;user-select:none}
details.quoted>summary::-webkit-details-marker{display:none}details.quoted>summary:focus-visible{outline:2px solid ${link}}
a[data-link]::after{content:" \\26A0 " attr(data-host);color:#d4380d;font-size:smaller}
img[data-held-back]{display:inline-block;min-width:16px;min-height:16px;background:${fill};border:1px dashed ${border}}
`.replace(/\n/g, '');
  return (
    `<!doctype html><html lang="${options.language.replace(/[^\w-]/g, '')}"><head><meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="${contentPolicy(options.allowRemote)}">` +
    `<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">` +
    `<style>${style}</style></head><body dir="auto">${options.body}</body></html>`
  );
}

const OWN_COLOURS = /\b(?:bgcolor|background(?:-color)?|color)\s*[=:]/i;

/** Whether a mail sets colours of its own, and so cannot be trusted to be readable on another ground than white. */
export function bringsOwnColours(html: string): boolean {
  return OWN_COLOURS.test(html);
}
