using Mdm.Sql;

namespace Mdm.Host.Members;

/// <summary>A host, where its TURLs lead, and whether it takes work up.</summary>
internal sealed record MemberRow(string Host, string Address, bool Takes);

/// <summary>A host that lives.</summary>
internal readonly record struct LivingHost(string Host, bool Takes);

/// <summary>A lease as it was taken.</summary>
internal readonly record struct MemberTerm(long Number, bool IsNew);

/// <summary>Joining and renewing, within a write: alone among all hosts.</summary>
internal static class MemberRows
{
    /// <summary>How long after its end a host is remembered, so that what it must know waits for it.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    /// <exception cref="MdmException">Refused: the id or the address is another living host's, or something that all must have alike is not.</exception>
    public static (MemberTerm Term, IReadOnlyList<string> Notes) Join(SqlSession session, long now, MemberRow me, TimeSpan lease, bool isShared, IReadOnlyList<AgreedValue> agreed)
    {
        // A file has one owner at a time: whoever wrote there before is gone.
        if (!isShared)
            session.Execute("UPDATE member SET until = 0 WHERE host <> $1 OR address <> $2", me.Host, me.Address);
        var differences = Differences.Find(session, now, me, agreed);
        if (differences.Refusals.Count > 0)
            throw new MdmException(MdmErrorKind.Refused, string.Join('\n', differences.Refusals));
        Agree(session, me, agreed);
        Forget(session, now, me);
        var term = session.Scalar<long>("SELECT term FROM member WHERE host = $1", me.Host) + 1;
        Write(session, me, term, now + (long)lease.TotalMilliseconds);
        return (new MemberTerm(term, IsNew: true), differences.Notes);
    }

    /// <exception cref="MdmException">Busy: another process took this host's lease.</exception>
    public static MemberTerm Renew(SqlSession session, long now, MemberRow me, long term, TimeSpan lease)
    {
        var (there, until) = session.First("SELECT term, until FROM member WHERE host = $1", static row => (row.GetInt64(0), row.GetInt64(1)), me.Host);
        var isOver = there != term || until <= now;
        if (there > term && until > now)
            throw new MdmException(MdmErrorKind.Busy, "Another process has taken the lease of this host: two run with the same state directory or a copy of it. Give each host a state directory of its own, without a copied file host-id.");
        Write(session, me, isOver ? Math.Max(there, term) + 1 : term, now + (long)lease.TotalMilliseconds);
        return new MemberTerm(isOver ? Math.Max(there, term) + 1 : term, isOver);
    }

    private static void Write(SqlSession session, MemberRow me, long term, long until) => session.Execute("""
        INSERT INTO member (host, address, term, until, takes) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (host) DO UPDATE SET address = excluded.address, term = excluded.term, until = excluded.until, takes = excluded.takes
        """, me.Host, me.Address, term, until, me.Takes ? 1 : 0);

    private static void Agree(SqlSession session, MemberRow me, IReadOnlyList<AgreedValue> agreed)
    {
        session.Execute("DELETE FROM told WHERE host = $1", me.Host);
        foreach (var mine in agreed.Where(mine => mine.Fingerprint is not null))
        {
            session.Execute("INSERT INTO agreement (name, fingerprint) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint", mine.Name, mine.Fingerprint);
            session.Execute("INSERT INTO told (host, name, fingerprint) VALUES ($1, $2, $3)", me.Host, mine.Name, mine.Fingerprint);
        }
    }

    // Whoever was away longer than that begins as a new host.
    private static void Forget(SqlSession session, long now, MemberRow me)
    {
        var before = now - (long)Remembered.TotalMilliseconds;
        session.Execute("DELETE FROM signal WHERE host IN (SELECT host FROM member WHERE host <> $1 AND until < $2)", me.Host, before);
        session.Execute("DELETE FROM told WHERE host IN (SELECT host FROM member WHERE host <> $1 AND until < $2)", me.Host, before);
        session.Execute("DELETE FROM member WHERE host <> $1 AND until < $2", me.Host, before);
    }
}
