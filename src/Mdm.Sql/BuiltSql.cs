namespace Mdm.Sql;

/// <summary>
/// A statement that was put together at run time: over tables and columns whose names the program made itself, with every value a parameter. Of these a connection keeps only the
/// last few prepared, so there may be any number of them.
/// </summary>
/// <param name="Text">The statement.</param>
public readonly record struct BuiltSql(string Text)
{
    /// <summary>Built statements kept prepared per connection; the one prepared first makes room.</summary>
    public const int MaxKept = 128;

    /// <inheritdoc/>
    public override string ToString() => Text;
}
