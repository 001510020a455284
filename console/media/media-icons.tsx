/** Icons beside files and messages, drawn in the text's colour. All are decorative. */
import type { ReactNode } from 'react';

function Icon({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const PlayIcon = (): ReactNode => (
  <Icon>
    <path d="M8.5 5.5v13l10-6.5z" />
  </Icon>
);
export const CloseIcon = (): ReactNode => (
  <Icon>
    <path d="m6.5 6.5 11 11M17.5 6.5l-11 11" />
  </Icon>
);
export const ReplyIcon = (): ReactNode => (
  <Icon>
    <path d="M9.5 7 4.75 11.75 9.5 16.5M5 11.75h8.25a6 6 0 0 1 6 6" />
  </Icon>
);
export const SaveIcon = (): ReactNode => (
  <Icon>
    <path d="M12 4.5v10M7.25 10.25 12 15l4.75-4.75M5.5 19.5h13" />
  </Icon>
);
export const OpenIcon = (): ReactNode => (
  <Icon>
    <path d="M13.5 5h5.5v5.5M19 5l-8 8M10 6.5H6.7A1.7 1.7 0 0 0 5 8.2v9.1A1.7 1.7 0 0 0 6.7 19h9.1a1.7 1.7 0 0 0 1.7-1.7V14" />
  </Icon>
);
export const AttachIcon = (): ReactNode => (
  <Icon>
    <path d="m19.5 11.3-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5l7.9-7.9a3.1 3.1 0 0 1 4.4 4.4l-7.9 7.9a1.6 1.6 0 0 1-2.2-2.2l7.2-7.2" />
  </Icon>
);
export const CameraIcon = (): ReactNode => (
  <Icon>
    <path d="M8.6 6.5 9.8 4.8h4.4l1.2 1.7h2.4a2.2 2.2 0 0 1 2.2 2.2v8.1a2.2 2.2 0 0 1-2.2 2.2H6.2A2.2 2.2 0 0 1 4 16.8V8.7a2.2 2.2 0 0 1 2.2-2.2z" />
    <circle cx="12" cy="12.6" r="3.4" />
  </Icon>
);
export const PlaceIcon = (): ReactNode => (
  <Icon>
    <path d="M12 20.5s6.5-5.9 6.5-10.7a6.5 6.5 0 0 0-13 0c0 4.8 6.5 10.7 6.5 10.7Z" />
    <circle cx="12" cy="9.8" r="2.4" />
  </Icon>
);
export const ContactIcon = (): ReactNode => (
  <Icon>
    <rect x="4.5" y="4.5" width="15" height="15" rx="2.6" />
    <circle cx="12" cy="10" r="2.3" />
    <path d="M8 16.6c.7-1.8 2.2-2.8 4-2.8s3.3 1 4 2.8" />
  </Icon>
);
