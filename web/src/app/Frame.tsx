import { Button, Menu, MenuItemRadio, MenuList, MenuPopover, MenuTrigger, Tooltip } from "@fluentui/react-components";
import { Suspense, useEffect, useState } from "react";
import { Link, NavLink, Outlet, useLocation } from "react-router";

import { useStatus } from "../api/queries";
import { formatCompact, humanize } from "../lib/format";
import { BeakerRegular, DarkThemeRegular, SearchRegular } from "../ui/icons";
import { Skeleton } from "../ui/States";
import { setUtc, Time, useUtc } from "../ui/Time";
import { Boundary } from "./Boundary";
import css from "./frame.module.css";
import { useLive } from "./live";
import { Logo } from "./Logo";
import { PAGES } from "./pages";
import { Palette } from "./Palette";
import { ScopeSelector } from "./ScopeSelector";
import { setTheme, THEME_CHOICES, type ThemeChoice, useTheme } from "./theme";
import { useLinks } from "./url";

/** What stands around every page. */
export function Frame() {
  useLive();
  const to = useLinks();
  const { pathname } = useLocation();
  const [palette, setPalette] = useState(false);
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setPalette(true);
      }
    };
    window.addEventListener("keydown", open);
    return () => window.removeEventListener("keydown", open);
  }, []);
  return (
    <div className={css.frame}>
      <a className={css.skip} href="#main">Skip to the page</a>
      <header className={css.top}>
        <Link to={to("/")} className={css.brand} aria-label="Picket: Data & AI security"><Logo />Picket</Link>
        <ScopeSelector />
        <button type="button" className={css.jump} onClick={() => setPalette(true)}>
          <SearchRegular aria-hidden="true" />Ask or jump to…<kbd>Ctrl K</kbd>
        </button>
        <span className={css.grow} />
        <Freshness />
        <Preferences />
      </header>
      <Navigation />
      <main id="main" className={css.main} tabIndex={-1}>
        <SampleBanner />
        <Boundary key={pathname}>
          <Suspense fallback={<Skeleton rows={10} />}><Outlet /></Suspense>
        </Boundary>
      </main>
      {palette && <Palette onClose={() => setPalette(false)} />}
    </div>
  );
}

function Navigation() {
  const to = useLinks();
  const { data: status } = useStatus();
  return (
    <nav className={css.nav} aria-label="Pages">
      {(["", "Settings"] as const).map((section) => (
        <ul key={section}>
          {section !== "" && <li className={css.navSection}>{section}</li>}
          {PAGES.filter((page) => page.section === section).map(({ path, title, icon: Icon, count }) => {
            const number = count === undefined ? 0 : (status?.counts[count] ?? 0);
            return (
              <li key={path}>
                <NavLink to={to(path)} end={path === "/"} className={({ isActive }) => (isActive ? `${css.link} ${css.here}` : css.link)}>
                  <Icon aria-hidden="true" /><span>{title}</span>
                  {number > 0 && <span className={css.count} aria-label={`${number} open`}>{formatCompact(number)}</span>}
                </NavLink>
              </li>
            );
          })}
        </ul>
      ))}
      <span className={css.grow} />
      {status && <div className={css.version}>Picket {status.version}</div>}
    </nav>
  );
}

function Freshness() {
  const to = useLinks();
  const { data: status, isError } = useStatus();
  if (isError) return <span className={css.fresh} data-state="lost"><i aria-hidden="true" />Picket does not answer; trying again</span>;
  if (!status) return null;
  return (
    <Link to={to("/scans")} className={css.fresh} data-state={status.last_scan ? "fresh" : "none"}>
      <i aria-hidden="true" />{status.last_scan ? <>Last scan <Time at={status.last_scan} /></> : "Nothing scanned yet"}
    </Link>
  );
}

const THEME_LABEL: Record<ThemeChoice, string> = { system: "As the system", light: "Light", dark: "Dark", contrast: "High contrast" };

function Preferences() {
  const { choice } = useTheme();
  const utc = useUtc();
  return (
    <Menu
      checkedValues={{ theme: [choice], zone: [utc ? "utc" : "local"] }}
      onCheckedValueChange={(_, { name, checkedItems: [value] }) => {
        if (name === "zone") setUtc(value === "utc");
        else setTheme(THEME_CHOICES.find((known) => known === value) ?? "system");
      }}
    >
      <MenuTrigger disableButtonEnhancement>
        <Tooltip content="Theme and time" relationship="label">
          <Button appearance="subtle" size="small" icon={<DarkThemeRegular />} />
        </Tooltip>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <div className={css.menuTitle}>Theme</div>
          {THEME_CHOICES.map((value) => <MenuItemRadio key={value} name="theme" value={value}>{THEME_LABEL[value]}</MenuItemRadio>)}
          <div className={css.menuTitle}>Exact times</div>
          {["utc", "local"].map((value) => (
            <MenuItemRadio key={value} name="zone" value={value}>{value === "utc" ? "UTC" : humanize("local_time")}</MenuItemRadio>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

function SampleBanner() {
  const { data: status } = useStatus();
  if (!status?.sample) return null;
  return (
    <aside className={css.banner} aria-label="Sample data">
      <BeakerRegular aria-hidden="true" />
      <span>
        <strong>Sample data.</strong> This is the estate of Contoso, which does not exist. To see your own, run{" "}
        <code>picket serve</code> with a store of your own and start a scan there.
      </span>
    </aside>
  );
}
