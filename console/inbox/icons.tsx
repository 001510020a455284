/** Icons of the console beside those of the chat page. All are decorative. */
import type { ReactNode } from 'react';

function Icon({ children }: { children: ReactNode }): ReactNode {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const BackIcon = (): ReactNode => (
  <Icon>
    <path d="M14.5 5.5 8 12l6.5 6.5" />
  </Icon>
);
export const PersonIcon = (): ReactNode => (
  <Icon>
    <circle cx="12" cy="8.5" r="3.75" />
    <path d="M4.75 19.5c1.2-3.4 4-5.1 7.25-5.1s6.05 1.7 7.25 5.1" />
  </Icon>
);
export const SettingsIcon = (): ReactNode => (
  <Icon>
    <path d="M4.5 7h9M17.5 7h2M4.5 17h2M10.5 17h9" />
    <circle cx="15.5" cy="7" r="2" />
    <circle cx="8.5" cy="17" r="2" />
  </Icon>
);
export const SearchIcon = (): ReactNode => (
  <Icon>
    <circle cx="10.75" cy="10.75" r="6" />
    <path d="m15.25 15.25 4.5 4.5" />
  </Icon>
);
export const NoteIcon = (): ReactNode => (
  <Icon>
    <path d="M6.2 4.5h11.6a1.7 1.7 0 0 1 1.7 1.7v8.3l-5 5H6.2a1.7 1.7 0 0 1-1.7-1.7V6.2a1.7 1.7 0 0 1 1.7-1.7ZM14.5 19.5v-5h5" />
  </Icon>
);
export const EyeIcon = (): ReactNode => (
  <Icon>
    <path d="M3.5 12s3-5.5 8.5-5.5 8.5 5.5 8.5 5.5-3 5.5-8.5 5.5S3.5 12 3.5 12Z" />
    <circle cx="12" cy="12" r="2.25" />
  </Icon>
);
