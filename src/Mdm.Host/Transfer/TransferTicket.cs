namespace Mdm.Host.Transfer;

/// <summary>Proves that these bytes may go to this caller until then. Only <see cref="TicketBook"/> makes one.</summary>
internal sealed partial class TransferTicket
{
    private TransferTicket(FileId file, DateTimeOffset until, Uri turl) => (File, Until, Turl) = (file, until, turl);

    public FileId File { get; }

    public DateTimeOffset Until { get; }

    /// <summary>Percent-encoded; worthless to anybody but the caller it was made for.</summary>
    public Uri Turl { get; }

    public override string ToString() => $"ticket for {File}";
}
