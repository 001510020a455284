/**
 * An answer's CommonMark as elements. No raw HTML (it is shown as text), no images fetched by themselves, no scripts
 * in links; what is wide scrolls inside itself.
 */
import { type ComponentProps, memo, type ReactNode, useRef, useState } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { CopyIcon, TickIcon } from './icons.tsx';
import { usePage } from './page-context.ts';

const PLUGINS = [remarkGfm];

export const Markdown = memo(function Markdown({ text }: { text: string }): ReactNode {
  return (
    <div className="markdown">
      <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>
        {text}
      </ReactMarkdown>
    </div>
  );
});

function Link({ href, children }: ComponentProps<'a'>): ReactNode {
  const { strings } = usePage();
  if (href === undefined || href === '') return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
      <span className="visually-hidden"> ({strings.newTab})</span>
    </a>
  );
}

/** Loading it would tell a stranger's server that and when the visitor reads this. */
function ImageLink({ src, alt }: ComponentProps<'img'>): ReactNode {
  const { strings } = usePage();
  return <Link href={typeof src === 'string' ? src : undefined}>{alt === undefined || alt === '' ? strings.image : `${strings.image}: ${alt}`}</Link>;
}

function Pre({ children }: ComponentProps<'pre'>): ReactNode {
  const { strings } = usePage();
  const pre = useRef<HTMLPreElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    navigator.clipboard
      ?.writeText(pre.current?.textContent ?? '')
      .then(() => {
        setCopied(true);
        setTimeout(() => setCopied(false), 2_000);
      })
      .catch(() => undefined);
  };
  return (
    <div className="code-block" dir="ltr">
      {/* Reachable by keyboard, since it scrolls. */}
      <pre ref={pre} tabIndex={0} role="region" aria-label={strings.code}>
        {children}
      </pre>
      <button type="button" className="copy" onClick={copy} aria-label={copied ? strings.copied : strings.copy} title={copied ? strings.copied : strings.copy}>
        {copied ? <TickIcon /> : <CopyIcon />}
      </button>
    </div>
  );
}

function Table({ children }: ComponentProps<'table'>): ReactNode {
  const { strings } = usePage();
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={strings.table}>
      <table>{children}</table>
    </div>
  );
}

const COMPONENTS: Components = {
  a: ({ href, children }) => <Link href={href}>{children}</Link>,
  img: ({ src, alt }) => <ImageLink src={src} alt={alt} />,
  pre: ({ children }) => <Pre>{children}</Pre>,
  table: ({ children }) => <Table>{children}</Table>,
  // Task lists: a box that cannot be ticked is a picture of one.
  input: ({ checked }) => <span className="task">{checked === true ? '☑' : '☐'}</span>,
  // The page's own heading is above them all.
  h1: ({ children }) => <h3 dir="auto">{children}</h3>,
  h2: ({ children }) => <h3 dir="auto">{children}</h3>,
  h3: ({ children }) => <h4 dir="auto">{children}</h4>,
  h4: ({ children }) => <h4 dir="auto">{children}</h4>,
  h5: ({ children }) => <h4 dir="auto">{children}</h4>,
  h6: ({ children }) => <h4 dir="auto">{children}</h4>,
  p: ({ children }) => <p dir="auto">{children}</p>,
  ul: ({ children }) => <ul dir="auto">{children}</ul>,
  ol: ({ children, start }) => (
    <ol dir="auto" start={start}>
      {children}
    </ol>
  ),
  blockquote: ({ children }) => <blockquote dir="auto">{children}</blockquote>,
};
