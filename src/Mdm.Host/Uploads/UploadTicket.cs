namespace Mdm.Host.Uploads;

/// <summary>Proves that this caller may bring these bytes until then. Only <see cref="UploadTicketBook"/> makes one; one for reading is none.</summary>
internal sealed partial class UploadTicket
{
    private UploadTicket(string token, int position, DateTimeOffset until, Uri turl) => (Token, Position, Until, Turl) = (token, position, until, turl);

    /// <summary>The put.</summary>
    public string Token { get; }

    /// <summary>Which file of it.</summary>
    public int Position { get; }

    public DateTimeOffset Until { get; }

    /// <summary>Percent-encoded; worthless to anybody but the caller it was made for.</summary>
    public Uri Turl { get; }

    public override string ToString() => $"ticket for file {Position} of {Token}";
}
