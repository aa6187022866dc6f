import { describe, expect, it } from 'vitest';
import { contentPolicy, frameDocument, FRAME_SANDBOX, type FrameOptions } from './frame-document';
import { plainTextToHtml } from './plain-text';
import { contentIdOf } from './purify';

const options: FrameOptions = {
  body: '<p>Words</p>',
  allowRemote: false,
  paper: false,
  colours: { text: '#000', secondary: '#666', link: '#00f', border: '#ddd', fill: '#eee' },
  fontFamily: 'Inter, sans-serif',
  fontSize: 14,
  language: 'en-US',
};

describe('the frame of a message', () => {
  it('never allows scripts, forms or leaving the page', () => {
    for (const token of ['allow-scripts', 'allow-forms', 'allow-top-navigation'])
      expect(FRAME_SANDBOX).not.toContain(token);
    expect(contentPolicy(true)).toContain("script-src 'none'");
    expect(contentPolicy(true)).toContain("form-action 'none'");
  });

  it('loads nothing from the internet before it is asked to', () => {
    expect(contentPolicy(false)).not.toMatch(/https?:/);
    expect(contentPolicy(true)).toMatch(/img-src data: https: http:;/);
    expect(contentPolicy(true)).toMatch(/default-src 'none'/);
  });

  it('states the policy before anything that could break it', () => {
    const html = frameDocument(options);
    expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<style>'));
    expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<body'));
  });

  it('lets no theme value end the style sheet', () => {
    const evil = '</style><img src=x onerror=alert(1)>';
    const html = frameDocument({ ...options, fontFamily: evil, colours: { ...options.colours, text: `red}${evil}` } });
    expect(html).not.toContain('<img');
    expect(html.match(/<\/style>/g)).toHaveLength(1);
  });
});

describe('plain text', () => {
  it('does not become HTML', () => {
    expect(plainTextToHtml('<script>alert("1")</script> & more')).toContain(
      '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp;',
    );
  });

  it('links an address without the full stop behind it', () => {
    expect(plainTextToHtml('See https://example.com/a?b=1&c=2.')).toContain(
      '<a href="https://example.com/a?b=1&amp;c=2">https://example.com/a?b=1&amp;c=2</a>.',
    );
    expect(plainTextToHtml('javascript:alert(1)')).not.toContain('<a');
  });

  it('folds the quoted end with its introduction, and nothing that was answered below', () => {
    const folded = plainTextToHtml('Yes.\n\nOn Monday Anna wrote:\n> Coming?\n> Anna\n');
    expect(folded.indexOf('data-quote')).toBeLessThan(folded.indexOf('On Monday'));
    expect(plainTextToHtml('> Coming?\nYes.')).not.toContain('data-quote');
    expect(plainTextToHtml('> only a quote')).not.toContain('data-quote');
  });
});

describe('inline images', () => {
  it('are found in every spelling of their id', () => {
    expect(contentIdOf('cid:%3Cimage1%40host%3E')).toBe('image1@host');
    expect(contentIdOf('CID:image1@host')).toBe('image1@host');
    expect(contentIdOf('cid:100%')).toBe('100%');
  });
});
