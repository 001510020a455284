/**
 * Renders an answer's CommonMark as elements. Raw HTML is shown as text, images are not loaded,
 * links run no scripts, and wide content scrolls inside itself.
 */
import { type ComponentProps, memo, type ReactNode, useRef } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import { CopyButton } from './copy-button.tsx';
import { type Direction, directionOf } from './direction.ts';
import { rehypeDirection } from './rehype-direction.ts';
import { remarkGfmLinks } from './remark-links.ts';
import { useText } from './text-context.ts';

const PLUGINS = [remarkGfmLinks];

export const Markdown = memo(function Markdown({ text }: { text: string }): ReactNode {
  const direction = directionOf(text);
  return (
    <div className="markdown" dir={direction}>
      <ReactMarkdown remarkPlugins={PLUGINS} rehypePlugins={[[rehypeDirection, { direction }]]} components={COMPONENTS}>
        {text}
      </ReactMarkdown>
    </div>
  );
});

function Link({ href, children }: ComponentProps<'a'>): ReactNode {
  const { words } = useText();
  if (href === undefined || href === '') return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
      <span className="visually-hidden"> ({words.newTab})</span>
    </a>
  );
}

/** Loading it would reveal to a third party's server that and when the visitor reads this. */
function ImageLink({ src, alt }: ComponentProps<'img'>): ReactNode {
  const { words } = useText();
  return (
    <Link href={typeof src === 'string' ? src : undefined}>{alt === undefined || alt === '' ? words.image : `${words.image}: ${alt}`}</Link>
  );
}

function Pre({ children, language }: { children: ReactNode; language: string }): ReactNode {
  const { words } = useText();
  const pre = useRef<HTMLPreElement>(null);
  return (
    <div className="code-block" dir="ltr">
      <div className="code-head">
        <span>{language}</span>
        <CopyButton label={words.copy} content={() => ({ text: pre.current?.textContent ?? '' })} />
      </div>
      <section className="code-scroll" tabIndex={0} aria-label={words.code}>
        <pre ref={pre}>{children}</pre>
      </section>
    </div>
  );
}

function Table({ children, dir }: { children: ReactNode; dir: Direction | undefined }): ReactNode {
  const { words } = useText();
  return (
    <section className="table-scroll" dir={dir} tabIndex={0} aria-label={words.table}>
      <table>{children}</table>
    </section>
  );
}

const COMPONENTS: Components = {
  a: ({ href, children }) => <Link href={href}>{children}</Link>,
  img: ({ src, alt }) => <ImageLink src={src} alt={alt} />,
  pre: ({ children, node }) => <Pre language={languageOf(node)}>{children}</Pre>,
  table: ({ children, dir }) => <Table dir={dir === 'rtl' || dir === 'ltr' ? dir : undefined}>{children}</Table>,
  // A checkbox of a task list cannot be ticked, so it is an image.
  input: ({ checked }) => <span className="task">{checked === true ? '☑' : '☐'}</span>,
  // The page's own headings are above them all, and one message's do not nest in another's.
  h1: ({ children, dir }) => <h3 dir={dir}>{children}</h3>,
  h2: ({ children, dir }) => <h3 dir={dir}>{children}</h3>,
  h3: MinorHeading,
  h4: MinorHeading,
  h5: MinorHeading,
  h6: MinorHeading,
};

function MinorHeading({ children, dir }: ComponentProps<'h3'>): ReactNode {
  return (
    <h3 className="minor" dir={dir}>
      {children}
    </h3>
  );
}

type Node = Parameters<Extract<Components['pre'], (...props: never[]) => unknown>>[0]['node'];

/** The word behind the fence, which the renderer leaves as a class of the code element. */
function languageOf(pre: Node): string {
  const code = pre?.children[0];
  const names = code?.type === 'element' ? code.properties.className : undefined;
  const name = Array.isArray(names) ? names.find((other) => String(other).startsWith('language-')) : undefined;
  return name === undefined ? '' : String(name).slice('language-'.length);
}
